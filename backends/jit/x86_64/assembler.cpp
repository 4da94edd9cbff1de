#include "../assembler.h"

#include "../translation.h"

#include <cstddef>

#include <cpuid.h>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

using namespace asmjit::x86; // NOLINT(google-build-using-namespace): the names of registers.
using asmjit::imm;
using asmjit::Label;

namespace {

constexpr unsigned id(Register of) { return static_cast<unsigned>(of); }
Gp r8(Register of) { return gpb(id(of)); }
Gp r16(Register of) { return gpw(id(of)); }
Gp r32(Register of) { return gpd(id(of)); }
Gp r64(Register of) { return gpq(id(of)); }

Mem memory(const Place& place, unsigned bytes) {
  if (place.index != Register::none) return {r64(place.base), r64(place.index), 0, place.displacement, bytes};
  return {r64(place.base), place.displacement, bytes};
}

CondCode condition(Relation relation) {
  static constexpr CondCode conditions[] = {CondCode::kE, CondCode::kNE, CondCode::kA, CondCode::kB};
  return conditions[static_cast<unsigned>(relation)];
}

void compare(NativeAssembler& code, Register a, const Operand& b) {
  if (!b.is_constant())
    code.cmp(r32(a), r32(b.in));
  else if (b.constant == 0)
    code.test(r32(a), r32(a));
  else
    code.cmp(r32(a), b.constant);
}

void shift(NativeAssembler& code, Arithmetic operation, const Gp& to, const Operand& by) {
  const bool left = operation == Arithmetic::left;
  if (by.is_constant()) {
    left ? code.shl(to, by.constant) : code.shr(to, by.constant);
  } else {
    code.mov(ecx, r32(by.in));
    left ? code.shl(to, cl) : code.shr(to, cl);
  }
}

} // namespace

void Assembler::jump(const Label& target) { code_.jmp(target); }
void Assembler::jump(Continuation target) { code_.jmp(imm(target)); }
void Assembler::patchable_jump(const Label& target) { code_.long_().jmp(target); }
void Assembler::patchable_jump(Continuation target) { code_.long_().jmp(imm(target)); }

void Assembler::branch(Relation relation, Register a, const Operand& b, const Label& target) {
  compare(code_, a, b);
  code_.emit(Inst::jccFromCond(condition(relation)), target);
}

void Assembler::branch_if_last(Register address, std::uint32_t last, const Label& target) {
  code_.cmp(r32(address), last);
  code_.je(target);
}

void Assembler::branch_if_compiled(const Operand& address, unsigned bytes, const Label& target) {
  constexpr auto map = static_cast<std::int32_t>(offsetof(Translation, compiled_bytes));
  Place place = Place::at(translation_register, address);
  place.displacement += map;
  code_.cmp(memory(place, bytes), 0);
  code_.jne(target);
}

void Assembler::branch_if_stack_wraps(Register pointer, int below, int above, const Label& target) {
  code_.lea(eax, ptr(r64(pointer), -below));
  code_.cmp(al, static_cast<int>(stack_bytes) - 1 - above - below);
  code_.ja(target);
}

void Assembler::jump_through_table(Register target, Continuation resolve) {
  const Label compiled = code_.newLabel();
  code_.mov(eax, r32(target));
  code_.mov(rcx, qword_ptr(r64(translation_register), rax, 3, offsetof(Translation, entries)));
  code_.xor_(edx, edx);
  code_.test(rcx, rcx);
  code_.jnz(compiled);
  code_.jmp(imm(resolve));
  code_.bind(compiled);
  code_.jmp(rcx);
}

void Assembler::call(Continuation stub) { code_.call(imm(stub)); }

void Assembler::set(Register to, std::uint32_t constant) { code_.mov(r32(to), constant); }
void Assembler::copy(Register to, Register from) { code_.mov(r32(to), r32(from)); }

void Assembler::extend(Register to, Register from, unsigned bits) {
  code_.movzx(r32(to), bits == 8 ? r8(from) : r16(from));
}
void Assembler::extend_signed_byte(Register to, Register from) { code_.movsx(r32(to), r8(from)); }

void Assembler::high_byte(Register to, Register from, bool clean) {
  clean ? copy(to, from) : extend(to, from, 16);
  code_.shr(r32(to), 8);
}

void Assembler::compute(Arithmetic operation, Register to, Register a, const Operand& b) {
  const Gp result = r32(to);
  const auto n = static_cast<std::int32_t>(b.constant);
  if (operation == Arithmetic::add || (operation == Arithmetic::subtract && b.is_constant())) {
    if (b.is_constant())
      code_.lea(result, ptr(r64(a), operation == Arithmetic::add ? n : -n));
    else
      code_.lea(result, ptr(r64(a), r64(b.in)));
    return;
  }
  if (operation == Arithmetic::multiply && b.is_constant()) {
    code_.imul(result, r32(a), n);
    return;
  }
  if (to != a) code_.mov(result, r32(a));
  if (operation == Arithmetic::left || operation == Arithmetic::right)
    return shift(code_, operation, result, b);
  const asmjit::Operand other = b.is_constant() ? asmjit::Operand(imm(n)) : asmjit::Operand(r32(b.in));
  switch (operation) {
  case Arithmetic::subtract: code_.emit(Inst::kIdSub, result, other); break;
  case Arithmetic::multiply: code_.emit(Inst::kIdImul, result, other); break;
  case Arithmetic::conjunction: code_.emit(Inst::kIdAnd, result, other); break;
  case Arithmetic::disjunction: code_.emit(Inst::kIdOr, result, other); break;
  default: code_.emit(Inst::kIdXor, result, other); break;
  }
}

void Assembler::divide(Register to, Register a, Register b, bool may_be_zero) {
  const Label done = code_.newLabel();
  code_.xor_(edx, edx);
  if (may_be_zero) {
    code_.xor_(eax, eax);
    code_.test(r32(b), r32(b));
    code_.jz(done);
  }
  code_.mov(eax, r32(a));
  code_.div(r32(b));
  code_.bind(done);
  code_.mov(r32(to), eax);
}

void Assembler::set_if(Relation relation, Register to, Register a, const Operand& b) {
  compare(code_, a, b);
  code_.emit(Inst::setccFromCond(condition(relation)), r8(to));
  code_.movzx(r32(to), r8(to));
}

void Assembler::load(Register to, const Place& from, unsigned bytes) {
  code_.movzx(r32(to), memory(from, bytes));
  if (bytes == 2) code_.rol(r16(to), 8);
}

void Assembler::store(const Place& to, const Operand& value, unsigned bytes) {
  const Mem place = memory(to, bytes);
  if (value.is_constant()) {
    code_.mov(place, as_stored(value.constant, bytes));
  } else if (bytes == 1) {
    code_.mov(place, r8(value.in));
  } else if (features_.swaps_when_storing) {
    code_.movbe(place, r16(value.in));
  } else {
    code_.mov(eax, r32(value.in));
    code_.rol(ax, 8);
    code_.mov(place, ax);
  }
}

void Assembler::store_if(Relation relation, const Place& to, Register a, const Operand& b) {
  compare(code_, a, b);
  code_.emit(Inst::setccFromCond(condition(relation)), memory(to, 1));
}

void Assembler::store_field(std::size_t offset, Register value) {
  code_.mov(Mem(r64(translation_register), static_cast<std::int32_t>(offset), 4), r32(value));
}

void Assembler::move_pointer(Register pointer, int distance) {
  code_.lea(r64(pointer), ptr(r64(pointer), distance));
}

/// asmjit::CpuInfo tells as well, but asks the processor some thirty questions: in a virtual machine each of
/// them goes to the hypervisor, 77 us together, longer than all else takes that is prepared.
const char* find_features(CodeMemory& /*memory*/, Features& features) {
  unsigned eax_holds = 0;
  unsigned ebx_holds = 0;
  unsigned ecx_holds = 0;
  unsigned edx_holds = 0;
  __cpuid(1, eax_holds, ebx_holds, ecx_holds, edx_holds);
  features.swaps_when_storing = (ecx_holds & static_cast<unsigned>(bit_MOVBE)) != 0;
  return nullptr;
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
