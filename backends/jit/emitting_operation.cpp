#include "emitting_operation.h"

#include <cstddef>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

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

void EmittingOperation::call_device(Continuation stub, const Value& port, const Value& value) {
  tops_[own_] += bottom();
  popped_ = 0;
  emitter_.forget();
  emitter_.move_stacks(tops_);
  Assembler& code = emitter_.code();
  unsigned count = 0;
  for (const Value* argument : {&port, &value})
    if (argument->known()) emitter_.move_to(argument_registers[count++], argument->description());
  code.set(argument_registers[count], mode_.shorts ? 1 : 0);
  code.call(stub);
}

Value EmittingOperation::read_device(const Value& port) {
  call_device(emitter_.translation().stubs.read_device, emitter_.clean(port), {});
  emitter_.move_stacks({-tops_[0], -tops_[1]});
  const Register result = emitter_.allocate();
  emitter_.code().copy(result, result_register);
  return emitter_.holding(result, mode_.shorts ? 16 : 8);
}

void EmittingOperation::write_device(const Value& port, const Value& value) {
  call_device(emitter_.translation().stubs.write_device, emitter_.clean(port), emitter_.clean(value));
  tops_ = {0, 0};
  exit_.from_device = true;
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
