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
#include <bit>
#include <cstdint>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

/// What a sequence of opcodes does with one stack.
struct StackPlan {
  bool accesses = false; ///< Whether it reads or writes a byte in memory.
  int low = 0;           ///< The lowest of them,
  int high = 0;          ///< and the highest.
  int moved = 0;         ///< How far the register moves.
  bool at_start =
      false; ///< Whether `low` and `high` are checked from where the register was; else, from where it ends.
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

namespace stack_plan_detail {

/// Bytes that a sequence touches: a bit for each place.
struct Touched {
  static constexpr int origin = 40; // A place too far away is an error of the compiler: a shift by too much.
  std::uint64_t read = 0;
  std::uint64_t written = 0;
  int depth = 0;

  static constexpr std::uint64_t bit(int place) { return std::uint64_t{1} << (place + origin); }
  constexpr void pop(int bytes, bool keep) {
    for (int i = 1; i <= bytes; ++i) read |= bit(depth - i) & ~written;
    if (!keep) depth -= bytes;
  }
  constexpr void push(int bytes) {
    for (int i = 0; i < bytes; ++i) written |= bit(depth++);
  }
};

struct BothTouched {
  Touched wst;
  Touched rst;
};

template <Opcode opcode> constexpr void add(BothTouched& both) {
  constexpr StackEffect effect = stack_effect<opcode>();
  constexpr Decoded mode = decoded(opcode);
  Touched& own = mode.return_stack ? both.rst : both.wst;
  Touched& other = mode.return_stack ? both.wst : both.rst;
  own.pop(effect.popped, mode.keep);
  own.push(effect.pushed);
  other.push(effect.pushed_other);
}

constexpr StackPlan plan_of(Touched touched, bool is_top_held) {
  const std::uint64_t held = is_top_held ? Touched::bit(-1) : 0;
  const std::uint64_t in_memory = (touched.read & ~held) | touched.written;
  StackPlan plan;
  plan.moved = touched.depth;
  plan.is_top_known = ((in_memory | held) & Touched::bit(plan.moved - 1)) != 0;
  plan.accesses = in_memory != 0;
  if (!plan.accesses) return plan;
  plan.low = std::countr_zero(in_memory) - Touched::origin;
  plan.high = 63 - std::countl_zero(in_memory) - Touched::origin;
  // Of two that take as many comparisons, the higher one: a program that empties its stack, or fills an empty
  // one, then passes.
  const auto comparisons = [&](int from) { return (plan.low < from) + (plan.high > from); };
  const int start = comparisons(-1);
  const int end = comparisons(plan.moved - 1);
  plan.at_start = start != end ? start < end : plan.moved < 0;
  return plan;
}

} // namespace stack_plan_detail

/// What a sequence does with both stacks.
struct StackPlans {
  StackPlan wst;
  StackPlan rst;
};

/// `is_top_held`: whether a register holds the working stack's top.
template <Opcode... opcodes> constexpr StackPlans stack_plans(bool is_top_held) {
  stack_plan_detail::BothTouched touched;
  (stack_plan_detail::add<opcodes>(touched), ...);
  return {stack_plan_detail::plan_of(touched.wst, is_top_held),
          stack_plan_detail::plan_of(touched.rst, false)};
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
