#include "machine/machine_state.h"

#include <boost/crc.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace dispatchbench {
namespace {

std::optional<std::string> bytes_differ(std::string_view region, std::span<const std::uint8_t> found,
                                        std::span<const std::uint8_t> expected) {
  if (std::memcmp(found.data(), expected.data(), expected.size()) == 0) return std::nullopt;
  const auto [at, other] = std::mismatch(found.begin(), found.end(), expected.begin());
  return fmt::format("{} at {:04x}: found {:02x}, expected {:02x}", region, at - found.begin(), *at, *other);
}

std::optional<std::string> numbers_differ(std::string_view what, unsigned found, unsigned expected) {
  if (found == expected) return std::nullopt;
  return fmt::format("{}: found {:04x}, expected {:04x}", what, found, expected);
}

std::optional<std::string> texts_differ(std::string_view what, std::string_view found,
                                        std::string_view expected) {
  if (found == expected) return std::nullopt;
  const auto [at, other] = std::mismatch(found.begin(), found.end(), expected.begin(), expected.end());
  return fmt::format("{} from byte {}: found {:?} ({} bytes in all), expected {:?} ({} bytes)", what,
                     at - found.begin(), std::string(at, found.end()).substr(0, 40), found.size(),
                     std::string(other, expected.end()).substr(0, 40), expected.size());
}

} // namespace

StateView::StateView(const Machine& machine, const Devices& machine_devices)
    : ram(machine.ram, ram_bytes), working_stack(machine.working_stack, stack_bytes),
      return_stack(machine.return_stack, stack_bytes), device_page(machine.device_page, device_page_bytes),
      pc(machine.pc), wst(machine.wst), rst(machine.rst), devices(machine_devices) {}

StateView::StateView(std::span<const std::uint8_t, ram_bytes> memory,
                     std::span<const std::uint8_t, stack_bytes> working,
                     std::span<const std::uint8_t, stack_bytes> returns,
                     std::span<const std::uint8_t, device_page_bytes> page, std::uint16_t program_counter,
                     std::uint8_t working_pointer, std::uint8_t return_pointer,
                     const Devices& machine_devices)
    : ram(memory), working_stack(working), return_stack(returns), device_page(page), pc(program_counter),
      wst(working_pointer), rst(return_pointer), devices(machine_devices) {}

MachineState::operator StateView() const {
  return {ram, working_stack, return_stack, device_page, pc, wst, rst, devices};
}

void MachineState::write_to(Machine& machine, Devices& machine_devices) const {
  std::copy(ram.begin(), ram.end(), machine.ram);
  std::copy(working_stack.begin(), working_stack.end(), machine.working_stack);
  std::copy(return_stack.begin(), return_stack.end(), machine.return_stack);
  std::copy(device_page.begin(), device_page.end(), machine.device_page);
  machine.pc = pc;
  machine.wst = wst;
  machine.rst = rst;
  machine_devices = devices;
}

void MachineState::read_from(const StateView& view) {
  std::copy(view.ram.begin(), view.ram.end(), ram.begin());
  std::copy(view.working_stack.begin(), view.working_stack.end(), working_stack.begin());
  std::copy(view.return_stack.begin(), view.return_stack.end(), return_stack.begin());
  std::copy(view.device_page.begin(), view.device_page.end(), device_page.begin());
  pc = view.pc;
  wst = view.wst;
  rst = view.rst;
  devices = view.devices;
}

std::optional<std::string> first_difference(const StateView& found, const StateView& expected) {
  const Devices& a = found.devices;
  const Devices& b = expected.devices;
  if (auto text = texts_differ("console output", a.output, b.output)) return text;
  if (auto text = texts_differ("console error", a.error, b.error)) return text;
  if (auto text = numbers_differ("exit code", a.exit_code, b.exit_code)) return text;
  if (auto text = numbers_differ("pc", found.pc, expected.pc)) return text;
  if (auto text = numbers_differ("working stack pointer", found.wst, expected.wst)) return text;
  if (auto text = numbers_differ("return stack pointer", found.rst, expected.rst)) return text;
  if (auto text = bytes_differ("working stack", found.working_stack, expected.working_stack)) return text;
  if (auto text = bytes_differ("return stack", found.return_stack, expected.return_stack)) return text;
  if (auto text = bytes_differ("device page", found.device_page, expected.device_page)) return text;
  if (auto text = bytes_differ("memory", found.ram, expected.ram)) return text;
  if (auto text = numbers_differ("console vector", a.console_vector, b.console_vector)) return text;
  if (auto text = numbers_differ("screen vector", a.screen_vector, b.screen_vector)) return text;
  return numbers_differ("stop asked for", a.stopped, b.stopped);
}

std::string digest_of(const StateView& state) {
  boost::crc_32_type checksum;
  const auto add = [&](const auto& bytes) { checksum.process_bytes(bytes.data(), bytes.size()); };
  add(state.ram);
  add(state.working_stack);
  add(state.return_stack);
  add(state.device_page);
  add(std::array{static_cast<std::uint8_t>(state.pc >> 8), static_cast<std::uint8_t>(state.pc), state.wst,
                 state.rst, static_cast<std::uint8_t>(state.devices.exit_code)});
  add(state.devices.output);
  add(state.devices.error);
  return fmt::format("{:08x}", checksum.checksum());
}

} // namespace dispatchbench
