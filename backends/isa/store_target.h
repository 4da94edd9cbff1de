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
  const Decoded& mode = opcode_table[machine.ram[static_cast<std::uint16_t>(machine.pc - 1)]];
  if (!is_store(mode.row)) return std::nullopt;
  const std::uint8_t* const stack = mode.return_stack ? machine.return_stack : machine.working_stack;
  const std::uint8_t pointer = mode.return_stack ? machine.rst : machine.wst;
  const std::uint8_t low = stack[static_cast<std::uint8_t>(pointer - 1)];
  std::uint16_t first = low;
  if (mode.row == Row::STR) first = static_cast<std::uint16_t>(machine.pc + static_cast<std::int8_t>(low));
  if (mode.row == Row::STA)
    first = static_cast<std::uint16_t>(stack[static_cast<std::uint8_t>(pointer - 2)] << 8 | low);
  if (!mode.shorts) return StoreTarget{first, first};
  auto second = static_cast<std::uint16_t>(first + 1);
  if (mode.row == Row::STZ) second &= 0xff; // Shorts wrap inside the zero page.
  return StoreTarget{first, second};
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
