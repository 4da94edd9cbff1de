#include "../assembler.h"

#include "../translation.h"

#include <asmjit/arm/a64utils.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

using namespace asmjit::a64; // NOLINT(google-build-using-namespace): the names of registers.
using asmjit::imm;
using asmjit::Label;

namespace {

GpW w(Register of) { return GpW(static_cast<unsigned>(of)); }
GpX x(Register of) { return GpX(static_cast<unsigned>(of)); }
const GpW scratch = w16;
const GpW second_scratch = w17;

CondCode condition(Relation relation) {
  static constexpr CondCode conditions[] = {CondCode::kEQ, CondCode::kNE, CondCode::kHI, CondCode::kLO};
  return conditions[static_cast<unsigned>(relation)];
}

/// Whether add, sub and cmp can hold a number: 12 bits, or 12 bits and 12 zeros.
bool fits_arithmetic(std::uint32_t number) {
  return number < 1U << 12 || ((number & 0xfff) == 0 && number < 1U << 24);
}

void compare(NativeAssembler& code, Register a, const Operand& b) {
  if (!b.is_constant()) {
    code.cmp(w(a), w(b.in));
  } else if (fits_arithmetic(b.constant)) {
    code.cmp(w(a), b.constant);
  } else {
    code.mov(scratch, b.constant);
    code.cmp(w(a), scratch);
  }
}

/// Whether an operation can be done with a constant in its instruction. If so, it has been.
bool computes_with_constant(NativeAssembler& code, Arithmetic operation, const GpW& to, const GpW& a,
                            std::uint32_t n) {
  const bool adds = operation == Arithmetic::add;
  switch (operation) {
  case Arithmetic::add:
  case Arithmetic::subtract:
    if (fits_arithmetic(n)) return adds ? code.add(to, a, n) : code.sub(to, a, n), true;
    if (fits_arithmetic(-n)) return adds ? code.sub(to, a, -n) : code.add(to, a, -n), true;
    return false;
  case Arithmetic::left: return code.lsl(to, a, n), true;
  case Arithmetic::right: return code.lsr(to, a, n), true;
  case Arithmetic::multiply:
    if (n == 0 || (n & (n - 1)) != 0) return false;
    return code.lsl(to, a, __builtin_ctz(n)), true;
  case Arithmetic::conjunction:
    if (!Utils::isLogicalImm(n, 32)) return false;
    return code.and_(to, a, n), true;
  case Arithmetic::disjunction:
    if (!Utils::isLogicalImm(n, 32)) return false;
    return code.orr(to, a, n), true;
  case Arithmetic::exclusive:
    if (!Utils::isLogicalImm(n, 32)) return false;
    return code.eor(to, a, n), true;
  }
  return false;
}

/// What a load or store of so many bytes calls a place.
Mem memory(NativeAssembler& code, const Place& place, unsigned bytes) {
  if (place.index != Register::none) return ptr(x(place.base), x(place.index));
  const std::int32_t distance = place.displacement;
  const bool scaled =
      distance >= 0 && distance % static_cast<int>(bytes) == 0 && distance < 4096 * static_cast<int>(bytes);
  if (scaled || (distance >= -256 && distance < 256)) return ptr(x(place.base), distance);
  code.mov(scratch, distance);
  return ptr(x(place.base), x16);
}

void store_native(NativeAssembler& code, const GpW& value, const Mem& place, unsigned bytes) {
  bytes == 1 ? code.strb(value, place) : code.strh(value, place);
}

} // namespace

void Assembler::jump(const Label& target) { code_.b(target); }
void Assembler::jump(Continuation target) { code_.b(imm(target)); }
// All have one form.
void Assembler::patchable_jump(const Label& target) { jump(target); }
void Assembler::patchable_jump(Continuation target) { jump(target); }

void Assembler::branch(Relation relation, Register a, const Operand& b, const Label& target) {
  if (b.is_constant() && b.constant == 0 && relation == Relation::equal) {
    code_.cbz(w(a), target);
  } else if (b.is_constant() && b.constant == 0 && relation == Relation::unequal) {
    code_.cbnz(w(a), target);
  } else {
    compare(code_, a, b);
    code_.b(condition(relation), target);
  }
}

void Assembler::branch_if_last(Register address, std::uint32_t last, const Label& target) {
  code_.add(scratch, w(address), 1);
  code_.tbnz(scratch, last == 0xff ? 8 : 16, target);
}

void Assembler::branch_if_compiled(const Operand& address, unsigned bytes, const Label& target) {
  const Mem at = memory(code_, Place::at(compiled_bytes_register, address), bytes);
  bytes == 1 ? code_.ldrb(scratch, at) : code_.ldrh(scratch, at);
  code_.cbnz(scratch, target);
}

void Assembler::branch_if_stack_wraps(Register pointer, int below, int above, const Label& target) {
  if (below != 0) code_.sub(scratch, w(pointer), below);
  code_.and_(scratch, below != 0 ? scratch : w(pointer), 0xff);
  code_.cmp(scratch, static_cast<int>(stack_bytes) - 1 - above - below);
  code_.b_hi(target);
}

void Assembler::jump_through_table(Register target, Continuation resolve) {
  const Label missing = code_.newLabel();
  code_.ldr(x16, ptr(x(entries_register), x(target), lsl(3)));
  code_.cbz(x16, missing);
  code_.br(x16);
  code_.bind(missing);
  code_.mov(w(argument_registers[0]), w(target));
  code_.mov(w(argument_registers[1]), 0);
  code_.b(imm(resolve));
}

void Assembler::call(Continuation stub) { code_.bl(imm(stub)); }

void Assembler::set(Register to, std::uint32_t constant) { code_.mov(w(to), constant); }
void Assembler::copy(Register to, Register from) { code_.mov(w(to), w(from)); }

void Assembler::extend(Register to, Register from, unsigned bits) {
  bits == 8 ? code_.uxtb(w(to), w(from)) : code_.uxth(w(to), w(from));
}
void Assembler::extend_signed_byte(Register to, Register from) { code_.sxtb(w(to), w(from)); }

void Assembler::high_byte(Register to, Register from, bool /*clean*/) { code_.ubfx(w(to), w(from), 8, 8); }

void Assembler::compute(Arithmetic operation, Register to, Register a, const Operand& b) {
  if (b.is_constant()) {
    if (computes_with_constant(code_, operation, w(to), w(a), b.constant)) return;
    code_.mov(scratch, b.constant);
  }
  const GpW other = b.is_constant() ? scratch : w(b.in);
  switch (operation) {
  case Arithmetic::add: code_.add(w(to), w(a), other); break;
  case Arithmetic::subtract: code_.sub(w(to), w(a), other); break;
  case Arithmetic::multiply: code_.mul(w(to), w(a), other); break;
  case Arithmetic::conjunction: code_.and_(w(to), w(a), other); break;
  case Arithmetic::disjunction: code_.orr(w(to), w(a), other); break;
  case Arithmetic::exclusive: code_.eor(w(to), w(a), other); break;
  case Arithmetic::left: code_.lsl(w(to), w(a), other); break;
  case Arithmetic::right: code_.lsr(w(to), w(a), other); break;
  }
}

/// The processor's own division gives 0, too.
void Assembler::divide(Register to, Register a, Register b, bool /*may_be_zero*/) {
  code_.udiv(w(to), w(a), w(b));
}

void Assembler::set_if(Relation relation, Register to, Register a, const Operand& b) {
  compare(code_, a, b);
  code_.cset(w(to), condition(relation));
}

void Assembler::load(Register to, const Place& from, unsigned bytes) {
  const Mem place = memory(code_, from, bytes);
  if (bytes == 1) {
    code_.ldrb(w(to), place);
  } else {
    code_.ldrh(w(to), place);
    code_.rev16(w(to), w(to));
  }
}

void Assembler::store(const Place& to, const Operand& value, unsigned bytes) {
  GpW stored = second_scratch;
  if (value.is_constant()) {
    const std::uint32_t number = as_stored(value.constant, bytes);
    if (number == 0)
      stored = wzr;
    else
      code_.mov(stored, number);
  } else if (bytes == 2) {
    code_.rev16(stored, w(value.in));
  } else {
    stored = w(value.in);
  }
  store_native(code_, stored, memory(code_, to, bytes), bytes);
}

void Assembler::store_if(Relation relation, const Place& to, Register a, const Operand& b) {
  compare(code_, a, b);
  code_.cset(second_scratch, condition(relation));
  store_native(code_, second_scratch, memory(code_, to, 1), 1);
}

void Assembler::store_field(std::size_t offset, Register value) {
  code_.str(w(value), ptr(x(translation_register), static_cast<std::int32_t>(offset)));
}

void Assembler::move_pointer(Register pointer, int distance) {
  if (distance < 0)
    code_.sub(x(pointer), x(pointer), -distance);
  else
    code_.add(x(pointer), x(pointer), distance);
}

/// Executes code, changes it as the compiler does, and executes it again. Emulators need not notice: qemu
/// before 8.1 takes no notice of IC IVAU, by which a program tells of a change made at another address.
const char* find_features(CodeMemory& memory, Features& /*features*/) {
  constexpr std::uint32_t ret = 0xd65f03c0;
  for (std::uint32_t number = 0; number < 2; ++number) {
    const std::uint32_t mov_w0_number = 0x52800000U | number << 5;
    // UBSan reads a few bytes in front of a function that it sees called.
    const std::array<std::uint32_t, 6> code{0, 0, 0, 0, mov_w0_number, ret};
    memory.used = 0;
    const auto function = reinterpret_cast<std::uintptr_t>(memory.append(code.data(), sizeof code)) + 16;
    if (reinterpret_cast<std::uint32_t (*)()>(function)() != number)
      return "jit needs a processor that notices changed code; this one is emulated, and doesn't "
             "(qemu-aarch64 before 8.1 ignores IC IVAU): use a newer emulator, or measure the other backends";
  }
  memory.used = 0;
  return nullptr;
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
