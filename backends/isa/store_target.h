// Where a store is going to write, for backends that watch the code they were made from: execute_wrapping
// doesn't say.
#pragma once

#include "opcode.h"
#include "registers.h"

#include <optional>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

/// Whether an opcode writes to memory.
constexpr bool is_store(Row row) { return row == Row::STZ || row == Row::STR || row == Row::STA; }

/// The bytes that a store writes: twice the same if it writes one.
struct StoreTarget {
  std::uint16_t first;
  std::uint16_t second;
};

/// Of the opcode before `machine.pc`, which hasn't been executed yet; nothing if it is no store.
inline std::optional<StoreTarget> store_target(const Machine& machine) {
  // From the bits of the opcode. A table would end nowhere in machine code whose index isn't known to be
  // bounded, and that of the mnemonics has strings, which the linker merges: the code's hash would differ in
  // each layout.
  const std::uint8_t opcode = machine.ram[static_cast<std::uint16_t>(machine.pc - 1)];
  const auto plain = static_cast<Opcode>(
      opcode & ~(DISPATCHBENCH_MODE_SHORT | DISPATCHBENCH_MODE_RETURN | DISPATCHBENCH_MODE_KEEP));
  const bool shorts = (opcode & DISPATCHBENCH_MODE_SHORT) != 0;
  const bool return_stack = (opcode & DISPATCHBENCH_MODE_RETURN) != 0;
  if (plain != Opcode::STZ && plain != Opcode::STR && plain != Opcode::STA) return std::nullopt;
  const std::uint8_t* const stack = return_stack ? machine.return_stack : machine.working_stack;
  const std::uint8_t pointer = return_stack ? machine.rst : machine.wst;
  const std::uint8_t low = stack[static_cast<std::uint8_t>(pointer - 1)];
  std::uint16_t first = low;
  if (plain == Opcode::STR) first = static_cast<std::uint16_t>(machine.pc + static_cast<std::int8_t>(low));
  if (plain == Opcode::STA)
    first = static_cast<std::uint16_t>(stack[static_cast<std::uint8_t>(pointer - 2)] << 8 | low);
  if (!shorts) return StoreTarget{first, first};
  auto second = static_cast<std::uint16_t>(first + 1);
  if (plain == Opcode::STZ) second &= 0xff; // Shorts wrap inside the zero page.
  return StoreTarget{first, second};
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
