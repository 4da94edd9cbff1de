// How many bytes each opcode moves: found by running its body on an operation that only counts.
#pragma once

#include "semantics.h"

#include <cstdint>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

/// Bytes that an opcode moves.
struct StackEffect {
  int popped = 0;       ///< From its own stack (read only, with keep).
  int pushed = 0;       ///< On its own stack.
  int pushed_other = 0; ///< On the other stack.
  int operand = 0;      ///< Read from the code after the opcode.
};

/// An operation without a machine: it counts bytes and returns zeros.
class Tally {
public:
  constexpr explicit Tally(bool shorts) : width_(shorts ? 2 : 1) {}
  constexpr std::uint16_t pop() { return effect.popped += width_, std::uint16_t{0}; }
  constexpr std::uint8_t pop_byte() { return effect.popped += 1, std::uint8_t{0}; }
  constexpr std::uint16_t pop_short() { return effect.popped += 2, std::uint16_t{0}; }
  constexpr std::uint16_t next() { return effect.operand += width_, std::uint16_t{0}; }
  constexpr std::uint16_t next_short() { return effect.operand += 2, std::uint16_t{0}; }
  constexpr void push(std::uint32_t) { effect.pushed += width_; }
  constexpr void push_byte(std::uint8_t) { effect.pushed += 1; }
  constexpr void push_other(std::uint32_t) { effect.pushed_other += width_; }
  constexpr void push_return_address() { effect.pushed_other += 2; }
  constexpr std::uint16_t quotient(std::uint16_t, std::uint16_t) const { return 0; }
  constexpr std::uint16_t pc() const { return 0; }
  constexpr void jump(std::uint16_t) {}
  constexpr void jump_if(bool, std::uint16_t) {}
  constexpr std::uint16_t target(std::uint16_t) const { return 0; }
  constexpr std::uint16_t relative(std::uint8_t) const { return 0; }
  constexpr std::uint16_t load(std::uint16_t) const { return 0; }
  constexpr std::uint16_t load_zero_page(std::uint8_t) const { return 0; }
  constexpr void store(std::uint16_t, std::uint16_t) {}
  constexpr void store_zero_page(std::uint8_t, std::uint16_t) {}
  constexpr std::uint16_t read_device(std::uint8_t) { return 0; }
  constexpr void write_device(std::uint8_t, std::uint16_t) {}

  StackEffect effect;

private:
  int width_;
};

/// What `opcode` moves.
template <Opcode opcode> constexpr StackEffect stack_effect() {
  Tally tally{decoded(opcode).shorts};
  Semantics<opcode>::run(tally);
  return tally.effect;
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
