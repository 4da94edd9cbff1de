// execute<Opcode>(Registers&): runs one opcode, for every C++ backend.
//
// Stack pointers, pc and addresses wrap around in Uxn, and masking every access is where a plain interpreter
// spends much of its time. So one comparison before an opcode checks whether any of its accesses wraps.
// Nearly always none does, and every access is then a plain offset from the stack register. The rest is
// executed out of line.
#pragma once

#include "operation.h"
#include "semantics.h"
#include "stack_effect.h"

namespace dispatchbench {

/// Executes the opcode before `machine->pc`, whatever it is, with every access wrapping. Shared by all
/// backends, and the one function here that is not inlined: it runs so rarely that its speed doesn't matter.
void execute_wrapping(Machine* machine) noexcept;

inline namespace DISPATCHBENCH_NAMESPACE {

/// Executes `opcode` with the given kind of access; pc is after the opcode byte.
template <Opcode opcode, class Access> DISPATCHBENCH_INLINE void execute_with(Registers& registers) {
  Operation<opcode, Access> operation{registers};
  Semantics<opcode>::run(operation);
  operation.finish();
}

/// Whether no stack access and no operand of `opcode` wraps around. (Memory accesses always wrap by
/// themselves.)
template <Opcode opcode> DISPATCHBENCH_INLINE bool is_linear(const Registers& registers) {
  constexpr Decoded mode = decoded(opcode);
  constexpr StackEffect effect = stack_effect<opcode>();
  const unsigned own = stack_pointer(mode.return_stack ? registers.rst : registers.wst);
  const unsigned other = stack_pointer(mode.return_stack ? registers.wst : registers.rst);
  constexpr unsigned highest = stack_bytes - 1;
  bool linear = true;
  // One unsigned comparison checks both ends: too few operands give a huge difference. An opcode that pushes
  // no more than it removes needs only the lower end.
  if constexpr (effect.popped == 0)
    linear = own <= highest - effect.pushed;
  else if constexpr (mode.keep)
    linear = own - effect.popped <= highest - effect.popped - effect.pushed;
  else if constexpr (effect.pushed > effect.popped)
    linear = own - effect.popped <= highest - effect.pushed;
  else
    linear = own >= effect.popped;
  if constexpr (effect.pushed_other != 0) linear = linear & (other <= highest - effect.pushed_other);
  if constexpr (effect.operand != 0)
    linear = linear & (program_counter(registers) <= ram_bytes - 1 - effect.operand);
  return linear;
}

/// Executes `opcode`, with pc after its byte, and returns true. If an access would wrap around, does nothing
/// and returns false: the backend then calls execute_wrapping. BRK does nothing here, since ending the vector
/// is up to the backend.
///
/// The backend decides how the rare case leaves its fast path, since that is part of the technique: a call in
/// the middle of a tail-calling handler would cost every handler a stack frame.
template <Opcode opcode> [[nodiscard]] DISPATCHBENCH_INLINE bool execute(Registers& registers) {
  if (!is_linear<opcode>(registers)) [[unlikely]]
    return false;
  execute_with<opcode, Linear>(registers);
  return true;
}

/// The same for a backend's registers.
DISPATCHBENCH_INLINE void execute_wrapping(Registers& registers) {
  leave(registers);
  dispatchbench::execute_wrapping(registers.machine);
  registers = enter(registers.machine);
}

} // namespace DISPATCHBENCH_NAMESPACE
} // namespace dispatchbench
