#include "virtual_machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace dispatchbench {
namespace {

std::optional<std::string> bytes_differ(std::string_view what, std::span<const std::uint8_t> found,
                                        std::span<const std::uint8_t> expected) {
  const auto [at, other] = std::mismatch(found.begin(), found.end(), expected.begin());
  if (at == found.end()) return std::nullopt;
  return fmt::format("{} at {:04x}: found {:02x}, expected {:02x}", what, at - found.begin(), *at, *other);
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

VirtualMachine::VirtualMachine() : memory_(std::make_unique<Memory>()) {
  machine_.ram = memory_->ram.data();
  machine_.working_stack = memory_->working_stack.data();
  machine_.return_stack = memory_->return_stack.data();
  machine_.device_page = memory_->device_page.data();
  devices_.attach(machine_);
}

void VirtualMachine::reset(std::span<const std::uint8_t> rom) {
  std::memset(memory_.get(), 0, sizeof(Memory));
  std::copy(rom.begin(), rom.end(), memory_->ram.begin() + rom_address);
  machine_.pc = rom_address;
  machine_.wst = 0;
  machine_.rst = 0;
  devices_.reset();
}

std::optional<std::string> first_difference(const VirtualMachine& found, const VirtualMachine& expected) {
  const Machine& a = found.machine();
  const Machine& b = expected.machine();
  using Bytes = std::span<const std::uint8_t>;
  if (auto text = texts_differ("console output", found.devices().output, expected.devices().output))
    return text;
  if (auto text = texts_differ("console error", found.devices().error, expected.devices().error)) return text;
  if (auto text = numbers_differ("exit code", found.devices().exit_code, expected.devices().exit_code))
    return text;
  if (auto text = numbers_differ("pc", a.pc, b.pc)) return text;
  if (auto text = numbers_differ("working stack pointer", a.wst, b.wst)) return text;
  if (auto text = numbers_differ("return stack pointer", a.rst, b.rst)) return text;
  if (auto text = bytes_differ("working stack", Bytes(a.working_stack, stack_bytes),
                               Bytes(b.working_stack, stack_bytes)))
    return text;
  if (auto text = bytes_differ("return stack", Bytes(a.return_stack, stack_bytes),
                               Bytes(b.return_stack, stack_bytes)))
    return text;
  if (auto text = bytes_differ("device page", Bytes(a.device_page, device_page_bytes),
                               Bytes(b.device_page, device_page_bytes)))
    return text;
  return bytes_differ("memory", Bytes(a.ram, ram_bytes), Bytes(b.ram, ram_bytes));
}

} // namespace dispatchbench
