// Where a store is going to write, for backends that watch the code they were made from: execute_wrapping
// doesn't say.
#pragma once

#include "opcode.h"
#include "registers.h"

#include <array>
#include <optional>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

/// Whether an opcode writes to memory.
constexpr bool is_store(Row row) { return row == Row::STZ || row == Row::STR || row == Row::STA; }

/// The bytes that a store writes: twice the same if it writes one.
struct StoreTarget {
  std::uint16_t first;
  std::uint16_t second;
};

/// What `store_target` asks of an opcode.
struct StoreMode {
  Row row;
  bool shorts;
  bool return_stack;
};

/// Of every opcode. Nothing here reads opcode_table while it runs: that has the mnemonics, whose strings the
/// linker merges and puts elsewhere in each layout, so the code's hash would say that the code differs.
inline constexpr std::array<StoreMode, 256> store_modes = [] {
  std::array<StoreMode, 256> modes{};
  for (std::size_t opcode = 0; opcode < modes.size(); ++opcode)
    modes[opcode] = {opcode_table[opcode].row, opcode_table[opcode].shorts,
                     opcode_table[opcode].return_stack};
  return modes;
}();

/// Of the opcode before `machine.pc`, which hasn't been executed yet; nothing if it is no store.
inline std::optional<StoreTarget> store_target(const Machine& machine) {
  const StoreMode& mode = store_modes[machine.ram[static_cast<std::uint16_t>(machine.pc - 1)]];
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
