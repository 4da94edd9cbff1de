// StackPlan: what a handler does with a stack whose register points at the byte on top.
//
// The registers of registers.h point at the next free byte. One that points at the top instead and moves
// inside its 256 bytes, as in asm_x86_64, wraps around for free; and most opcodes access just the byte where
// it was or the byte where it ends, so they need no check. Whoever reaches further checks once, at that end
// from which it takes one comparison.
//
// Places are those of window.h: 0 is the next free byte at the start, -1 the top.
#pragma once

#include "registers.h"
#include "sequence_effect.h"

#include <algorithm>
#include <cstdint>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

/// What a sequence of opcodes does with one stack.
struct StackPlan {
  bool accesses = false; ///< Whether it reads or writes a byte in memory.
  int low = 0;           ///< The lowest of them,
  int high = 0;          ///< and the highest.
  int moved = 0;         ///< How far the register moves.
  bool at_start = false; ///< Whether they are checked from where the register was; else, from where it ends.
  bool is_top_known = false; ///< Whether the new top has been popped, pushed, or was held before.

  constexpr int checked_from() const { return at_start ? -1 : moved - 1; }
  /// How far accesses reach below and above there.
  constexpr int below() const { return accesses ? std::max(0, checked_from() - low) : 0; }
  constexpr int above() const { return accesses ? std::max(0, high - checked_from()) : 0; }
  /// Whether an access may wrap around.
  constexpr bool may_wrap() const { return below() != 0 || above() != 0; }
  /// Whether the check shows that the register doesn't wrap around either.
  constexpr bool stays_inside() const {
    return may_wrap() && at_start && low <= moved - 1 && moved - 1 <= std::max(high, -1);
  }
};

/// `is_top_held`: whether a register holds the byte on top.
constexpr StackPlan stack_plan(const StackTouches& touches, bool is_top_held) {
  const std::uint64_t held = is_top_held ? StackTouches::bit(-1) : 0;
  const std::uint64_t in_memory = (touches.read & ~held) | touches.written;
  StackPlan plan;
  plan.moved = touches.moved;
  plan.is_top_known = ((in_memory | held) & StackTouches::bit(plan.moved - 1)) != 0;
  plan.accesses = in_memory != 0;
  if (!plan.accesses) return plan;
  plan.low = StackTouches::lowest(in_memory);
  plan.high = StackTouches::highest(in_memory);
  // Of two that take as many comparisons, the higher one: a program that empties its stack, or fills an empty
  // one, then passes.
  const auto comparisons = [&](int from) { return (plan.low < from) + (plan.high > from); };
  const int start = comparisons(-1);
  const int end = comparisons(plan.moved - 1);
  plan.at_start = start != end ? start < end : plan.moved < 0;
  return plan;
}

/// A stack register moved by `bytes` inside its stack.
template <int bytes> DISPATCHBENCH_INLINE std::uint8_t* moved_inside(std::uint8_t* at) {
  if constexpr (bytes == 0) return at;
  auto value = reinterpret_cast<std::uintptr_t>(at);
#if defined(__x86_64__)
  // One instruction where compilers make three or four: superinstructions_64_top takes 0.92 of the time.
  asm("addb %1, %b0" : "+r"(value) : "i"(bytes) : "cc");
#else
  value = (value & ~std::uintptr_t{stack_bytes - 1}) |
          static_cast<std::uint8_t>(value + static_cast<unsigned>(bytes));
#endif
  return reinterpret_cast<std::uint8_t*>(value);
}

/// Whether no access wraps around, as far as that is checked before the register moves.
template <StackPlan plan> DISPATCHBENCH_INLINE bool starts_linear(const std::uint8_t* top) {
  if constexpr (!plan.may_wrap() || !plan.at_start) return true;
  return stays_linear<plan.below(), plan.above()>(top);
}

/// A stack register that a handler has moved. It pointed at the top, where `starts_linear`.
template <StackPlan plan> class MovedStack {
public:
  DISPATCHBENCH_INLINE explicit MovedStack(std::uint8_t* top) : start_(top) {
    if constexpr (plan.stays_inside()) {
      end_ = top + plan.moved;
      asm("" : "+r"(end_)); // Accesses are then relative to it, and the old register isn't kept.
    } else {
      end_ = moved_inside<plan.moved>(top);
    }
  }

  /// Whether no access wraps around, as far as that is checked now.
  DISPATCHBENCH_INLINE bool ends_linear() const {
    if constexpr (!plan.may_wrap() || plan.at_start) return true;
    return stays_linear<plan.below(), plan.above()>(end_);
  }

  /// Where it was. Worked out anew, so that the old register isn't kept for this rare case.
  DISPATCHBENCH_INLINE std::uint8_t* start() const { return moved_inside<-plan.moved>(end_); }
  DISPATCHBENCH_INLINE std::uint8_t* end() const { return end_; }

  /// The address of place 0 for a Window, none of whose accesses wraps around.
  DISPATCHBENCH_INLINE std::uint8_t* place_0() const {
    if constexpr (plan.at_start && !plan.stays_inside()) return start_ + 1;
    return end_ - (plan.moved - 1);
  }

private:
  std::uint8_t* start_;
  std::uint8_t* end_;
};

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
