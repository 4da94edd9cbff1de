#include "emitting_operation.h"

#include <cstddef>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

using namespace asmjit::x86; // NOLINT(google-build-using-namespace): the names of registers.

void load_stack_registers(Assembler& code) {
  code.mov(rdi, field(offsetof(Translation, machine), 8));
  code.movzx(ebx, byte_ptr(rdi, offsetof(Machine, wst)));
  code.movzx(ebp, byte_ptr(rdi, offsetof(Machine, rst)));
  code.add(rbx, qword_ptr(rdi, offsetof(Machine, working_stack)));
  code.add(rbp, qword_ptr(rdi, offsetof(Machine, return_stack)));
}

Value EmittingOperation::operand(bool shorts) {
  const std::uint16_t at = pc_;
  pc_ = static_cast<std::uint16_t>(pc_ + (shorts ? 2 : 1));
  const Translation& translation = emitter_.translation();
  const std::uint8_t* const ram = translation.machine->ram;
  // The compiler lets no operand wrap around the end of memory.
  if (translation.rewritten_often(at) || (shorts && translation.rewritten_often(at + 1U)))
    return emitter_.load(number(emitter_, at), shorts, false);
  return number(emitter_, shorts ? static_cast<std::uint32_t>(ram[at] << 8 | ram[at + 1]) : ram[at],
                shorts ? 16 : 8);
}

void EmittingOperation::call_device(const void* function, const Value& port, const Value& value) {
  tops_[own_] += bottom();
  popped_ = 0;
  emitter_.forget();
  Assembler& code = emitter_.code();
  if (port.constant())
    code.mov(eax, port.number());
  else
    code.mov(eax, Emitter::register_of(port));
  if (!value.known())
    code.mov(edx, mode_.shorts ? 1 : 0);
  else if (value.constant())
    code.mov(edx, value.number());
  else
    code.mov(edx, Emitter::register_of(value));
  code.mov(rdi, field(offsetof(Translation, machine), 8));
  code.lea(ecx, ptr(working_register, tops_[0]));
  code.mov(byte_ptr(rdi, offsetof(Machine, wst)), cl);
  code.lea(ecx, ptr(return_register, tops_[1]));
  code.mov(byte_ptr(rdi, offsetof(Machine, rst)), cl);
  code.mov(esi, eax);
  if (value.known()) code.mov(ecx, mode_.shorts ? 1 : 0);
  code.mov(rax, reinterpret_cast<std::uintptr_t>(function));
  code.call(rax);
}

Value EmittingOperation::read_device(const Value& port) {
  call_device(reinterpret_cast<const void*>(&dispatchbench_jit_read_device), emitter_.clean(port), {});
  const Gp result = emitter_.allocate();
  emitter_.code().mov(result, eax);
  return emitter_.holding(result, mode_.shorts ? 16 : 8);
}

void EmittingOperation::write_device(const Value& port, const Value& value) {
  call_device(reinterpret_cast<const void*>(&dispatchbench_jit_write_device), emitter_.clean(port),
              emitter_.clean(value));
  load_stack_registers(emitter_.code());
  tops_ = {0, 0};
  exit_.from_device = true;
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
