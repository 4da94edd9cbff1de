// A whole machine state: as a value, as a view of a machine where it lies, and what differs between two.
#pragma once

#include "abi.h"
#include "machine/devices.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace dispatchbench {

/// A machine's state where it lies: valid as long as the machine and its devices are.
struct StateView {
  StateView(const Machine& machine, const Devices& machine_devices);
  StateView(std::span<const std::uint8_t, ram_bytes> memory,
            std::span<const std::uint8_t, stack_bytes> working,
            std::span<const std::uint8_t, stack_bytes> returns,
            std::span<const std::uint8_t, device_page_bytes> page, std::uint16_t program_counter,
            std::uint8_t working_pointer, std::uint8_t return_pointer, const Devices& machine_devices);

  std::span<const std::uint8_t, ram_bytes> ram;
  std::span<const std::uint8_t, stack_bytes> working_stack;
  std::span<const std::uint8_t, stack_bytes> return_stack;
  std::span<const std::uint8_t, device_page_bytes> device_page;
  std::uint16_t pc;
  std::uint8_t wst;
  std::uint8_t rst;
  const Devices& devices;
};

/// Memory, stacks, device page, pointers and pc, and what the devices keep beside the page.
struct MachineState {
  std::array<std::uint8_t, ram_bytes> ram{};
  std::array<std::uint8_t, stack_bytes> working_stack{};
  std::array<std::uint8_t, stack_bytes> return_stack{};
  std::array<std::uint8_t, device_page_bytes> device_page{};
  std::uint16_t pc = rom_address;
  std::uint8_t wst = 0;
  std::uint8_t rst = 0;
  Devices devices;

  operator StateView() const; // NOLINT(google-explicit-constructor): a value is always its own view.

  /// Copies everything into a machine's regions and fields, and its devices.
  void write_to(Machine& machine, Devices& machine_devices) const;

  /// Copies everything from a machine.
  void read_from(const StateView& view);
};

/// The first difference in words: region, address, what was found and what was expected. Nothing if the
/// states are equal. What the devices caught comes first, since it says most to a person.
std::optional<std::string> first_difference(const StateView& found, const StateView& expected);

/// The CRC-32 (as in zip) of memory, working stack, return stack, device page, pc (high byte first), both
/// stack pointers, exit code, output and error, as 8 hexadecimal digits: says whether two runs ended in the
/// same state without keeping the states.
std::string digest_of(const StateView& state);

} // namespace dispatchbench
