#include "machine_state.h"

#include "isa/opcode.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <span>

namespace dispatchbench::testing {
namespace {

std::optional<std::string> bytes_differ(std::string_view region, std::span<const std::uint8_t> expected,
                                        const std::uint8_t* found) {
  if (std::memcmp(expected.data(), found, expected.size()) == 0) return std::nullopt;
  const auto [at, other] = std::mismatch(expected.begin(), expected.end(), found);
  return fmt::format("{} at {:04x}: expected {:02x}, found {:02x}", region, at - expected.begin(), *at,
                     *other);
}

std::optional<std::string> numbers_differ(std::string_view what, unsigned expected, unsigned found) {
  if (expected == found) return std::nullopt;
  return fmt::format("{}: expected {:04x}, found {:04x}", what, expected, found);
}

std::optional<std::string> texts_differ(std::string_view what, const std::string& expected,
                                        const std::string& found) {
  if (expected == found) return std::nullopt;
  return fmt::format("{}: expected {:?}, found {:?}", what, expected, found);
}

/// The bytes below a stack's pointer, the top to the right.
std::string top_of_stack(const std::array<std::uint8_t, stack_bytes>& stack, std::uint8_t pointer) {
  constexpr int shown = 8;
  std::array<std::uint8_t, shown> bytes{};
  for (int position = 0; position < shown; ++position)
    bytes[position] = stack[static_cast<std::uint8_t>(pointer - shown + position)];
  return fmt::format("{:02x}", fmt::join(bytes, " "));
}

} // namespace

void MachineState::write_to(Machine& machine, Devices& machine_devices) const {
  std::memcpy(machine.ram, ram.data(), ram.size());
  std::memcpy(machine.working_stack, working_stack.data(), working_stack.size());
  std::memcpy(machine.return_stack, return_stack.data(), return_stack.size());
  std::memcpy(machine.device_page, device_page.data(), device_page.size());
  machine.pc = pc;
  machine.wst = wst;
  machine.rst = rst;
  machine_devices = devices;
}

void MachineState::read_from(const Machine& machine, const Devices& machine_devices) {
  std::memcpy(ram.data(), machine.ram, ram.size());
  std::memcpy(working_stack.data(), machine.working_stack, working_stack.size());
  std::memcpy(return_stack.data(), machine.return_stack, return_stack.size());
  std::memcpy(device_page.data(), machine.device_page, device_page.size());
  pc = machine.pc;
  wst = machine.wst;
  rst = machine.rst;
  devices = machine_devices;
}

std::optional<std::string> first_difference(const MachineState& expected, const Machine& found,
                                            const Devices& found_devices) {
  if (auto text = numbers_differ("pc", expected.pc, found.pc)) return text;
  if (auto text = numbers_differ("working stack pointer", expected.wst, found.wst)) return text;
  if (auto text = numbers_differ("return stack pointer", expected.rst, found.rst)) return text;
  if (auto text = bytes_differ("working stack", expected.working_stack, found.working_stack)) return text;
  if (auto text = bytes_differ("return stack", expected.return_stack, found.return_stack)) return text;
  if (auto text = bytes_differ("device page", expected.device_page, found.device_page)) return text;
  if (auto text = bytes_differ("memory", expected.ram, found.ram)) return text;
  const Devices& devices = expected.devices;
  if (auto text = texts_differ("console output", devices.output, found_devices.output)) return text;
  if (auto text = texts_differ("console error", devices.error, found_devices.error)) return text;
  if (auto text = numbers_differ("console vector", devices.console_vector, found_devices.console_vector))
    return text;
  if (auto text = numbers_differ("stop asked for", devices.stopped, found_devices.stopped)) return text;
  return numbers_differ("exit code", devices.exit_code, found_devices.exit_code);
}

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

} // namespace dispatchbench::testing
