// What a sequence of opcodes needs of the stacks and of the code: found by adding up stack_effect.h.
#pragma once

#include "registers.h"
#include "stack_effect.h"
#include "store_target.h"

#include <algorithm>
#include <bit>
#include <cstdint>

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

/// The bytes of one stack that a sequence reads and writes: a bit for each place, which is an offset from the
/// stack register at its start. What it has written before it reads it isn't among those read.
struct StackTouches {
  static constexpr int origin = 40; // A place too far away is an error of the compiler: a shift by too much.
  std::uint64_t read = 0;
  std::uint64_t written = 0;
  int moved = 0; ///< Where the stack register ends, unless a device sets it.

  static constexpr std::uint64_t bit(int place) { return std::uint64_t{1} << (place + origin); }
  static constexpr int lowest(std::uint64_t places) { return std::countr_zero(places) - origin; }
  static constexpr int highest(std::uint64_t places) { return 63 - std::countl_zero(places) - origin; }

  constexpr void pop(int bytes, bool keep) {
    for (int i = 1; i <= bytes; ++i) read |= bit(moved - i) & ~written;
    if (!keep) moved -= bytes;
  }
  constexpr void push(int bytes) {
    for (int i = 0; i < bytes; ++i) written |= bit(moved++);
  }
  constexpr StackReach reach() const {
    const std::uint64_t all = read | written;
    if (all == 0) return {0, 0, moved};
    return {std::max(0, -lowest(all)), std::max(0, highest(all) + 1), moved};
  }
};

/// The same of both stacks.
struct SequenceTouches {
  StackTouches wst;
  StackTouches rst;
};

namespace sequence_detail {
template <Opcode opcode> constexpr void add(SequenceTouches& touches) {
  constexpr StackEffect one = stack_effect<opcode>();
  constexpr Decoded mode = decoded(opcode);
  StackTouches& own = mode.return_stack ? touches.rst : touches.wst;
  StackTouches& other = mode.return_stack ? touches.wst : touches.rst;
  own.pop(one.popped, mode.keep);
  own.push(one.pushed);
  other.push(one.pushed_other);
}
} // namespace sequence_detail

/// What `opcodes`, run in a row, touch.
template <Opcode... opcodes> constexpr SequenceTouches sequence_touches() {
  SequenceTouches touches;
  (sequence_detail::add<opcodes>(touches), ...);
  return touches;
}

/// What `opcodes`, run in a row, move.
template <Opcode... opcodes> constexpr SequenceEffect sequence_effect() {
  constexpr SequenceTouches touches = sequence_touches<opcodes...>();
  return {touches.wst.reach(), touches.rst.reach(), (code_bytes<opcodes> + ...)};
}

/// The same where so many bytes on top of each stack are in registers, and so within reach.
template <Opcode... opcodes> constexpr SequenceEffect sequence_effect_with_tops(int working, int of_return) {
  SequenceEffect effect = sequence_effect<opcodes...>();
  effect.wst.below = std::max(effect.wst.below, working);
  effect.rst.below = std::max(effect.rst.below, of_return);
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
