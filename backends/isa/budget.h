// Resumable execution: a backend that is compiled with DISPATCHBENCH_BUDGETED_VARIANT returns in the middle
// of a vector once its budget is used up, and goes on when it is run again.
//
// Checking at every opcode would cost as much as dispatching. Virtual machines check where a program can't go
// on for long without passing: at jumps that lead backward, and at calls (CPython's eval breaker, Lua's
// hooks, Wasm engines' fuel in loops). The budget lies in the machine, since a register for it would slow
// everything else down.
#pragma once

#include "opcode.h"
#include "registers.h"

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

#ifdef DISPATCHBENCH_BUDGETED_VARIANT
inline constexpr bool is_budgeted = true;
#else
inline constexpr bool is_budgeted = false;
#endif

/// Counts, after `opcode` was executed, and returns true if the backend has to return now. `before` was pc
/// behind the opcode's byte: an opcode that hasn't jumped is behind that.
template <Opcode opcode>
DISPATCHBENCH_INLINE bool budget_is_spent(const Registers& registers, CodeAddress before) {
  constexpr Row row = decoded(opcode).row;
  constexpr bool calls = row == Row::JSI || row == Row::JSR;
  constexpr bool jumps = row == Row::JCI || row == Row::JMI || row == Row::JCN || row == Row::JMP;
  if constexpr (is_budgeted && (calls || jumps)) {
    const bool counts = calls || program_counter(registers) < static_cast<std::uint16_t>(before);
    return counts && --registers.machine->budget < 0;
  }
  return false;
}

/// The same after an access that wrapped around, whatever the opcode: every one of them counts.
DISPATCHBENCH_INLINE bool budget_is_spent_wrapping(const Registers& registers) {
  if constexpr (is_budgeted) return --registers.machine->budget < 0;
  return false;
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
