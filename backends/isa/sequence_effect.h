// What a sequence of opcodes needs of the stacks and of the code: found by adding up stack_effect.h.
#pragma once

#include "registers.h"
#include "stack_effect.h"
#include "store_target.h"

#include <algorithm>
#include <cstddef>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

/// How far a sequence reaches into one stack, in bytes from the stack register at its start.
struct StackReach {
  int below = 0; ///< The deepest byte that it reads or writes is at -below.
  int above = 0; ///< The highest byte that it writes is at above - 1.
  int moved = 0; ///< Where the stack register ends, unless a device sets it.
};

/// What a sequence moves.
struct SequenceEffect {
  StackReach wst;
  StackReach rst;
  int bytes = 0; ///< Of code, opcodes and operands.
};

/// Bytes of code that an opcode takes, with its operand.
template <Opcode opcode> inline constexpr int code_bytes = 1 + stack_effect<opcode>().operand;

/// Whether an opcode always goes elsewhere.
constexpr bool is_jump(Row row) {
  return row == Row::JMI || row == Row::JSI || row == Row::JMP || row == Row::JSR;
}

/// Whether an opcode may go elsewhere.
constexpr bool is_conditional_jump(Row row) { return row == Row::JCI || row == Row::JCN; }

/// Whether nothing can follow an opcode in a sequence: it goes elsewhere, it can change the code behind it,
/// or it calls a device, for which everything would have to leave the registers.
constexpr bool ends_sequence(Row row) {
  return row == Row::BRK || is_jump(row) || is_conditional_jump(row) || is_store(row) || row == Row::DEI ||
         row == Row::DEO;
}

namespace sequence_detail {
template <Opcode opcode> constexpr void add(SequenceEffect& effect) {
  constexpr StackEffect one = stack_effect<opcode>();
  constexpr Decoded mode = decoded(opcode);
  StackReach& own = mode.return_stack ? effect.rst : effect.wst;
  StackReach& other = mode.return_stack ? effect.wst : effect.rst;
  own.below = std::max(own.below, one.popped - own.moved);
  own.moved += one.pushed - (mode.keep ? 0 : one.popped);
  own.above = std::max(own.above, own.moved);
  other.moved += one.pushed_other;
  other.above = std::max(other.above, other.moved);
  effect.bytes += code_bytes<opcode>;
}
} // namespace sequence_detail

/// What `opcodes`, run in a row, move.
template <Opcode... opcodes> constexpr SequenceEffect sequence_effect() {
  SequenceEffect effect;
  (sequence_detail::add<opcodes>(effect), ...);
  return effect;
}

/// Whether no access of a sequence to a stack wraps around, which one comparison decides.
template <unsigned below, unsigned above> DISPATCHBENCH_INLINE bool stays_linear(const std::uint8_t* top) {
  constexpr unsigned highest = stack_bytes - 1;
  static_assert(below + above <= highest);
  const unsigned pointer = stack_pointer(top);
  if constexpr (below == 0)
    return above == 0 || pointer <= highest - above;
  else if constexpr (above == 0)
    return pointer >= below;
  else // Too few bytes below give a huge difference.
    return pointer - below <= highest - above - below;
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
