#include "checking/describe_start.h"

#include "isa/opcode.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace dispatchbench {
namespace {

/// The bytes below a stack's pointer, the top to the right.
std::string top_of_stack(const std::array<std::uint8_t, stack_bytes>& stack, std::uint8_t pointer) {
  constexpr int shown = 8;
  std::array<std::uint8_t, shown> bytes{};
  for (int position = 0; position < shown; ++position)
    bytes[position] = stack[static_cast<std::uint8_t>(pointer - shown + position)];
  return fmt::format("{:02x}", fmt::join(bytes, " "));
}

} // namespace

std::string describe_start(const MachineState& start) {
  constexpr int shown = 12;
  std::array<std::uint8_t, shown> code{};
  for (int offset = 0; offset < shown; ++offset)
    code[offset] = start.ram[static_cast<std::uint16_t>(start.pc + offset)];
  return fmt::format("{} at {:04x}, code {:02x}; wst {:02x}: {}; rst {:02x}: {}",
                     opcode_table[code.front()].mnemonic, start.pc, fmt::join(code, " "), start.wst,
                     top_of_stack(start.working_stack, start.wst), start.rst,
                     top_of_stack(start.return_stack, start.rst));
}

} // namespace dispatchbench
