// A whole machine state as a value: where a test starts, and where a run must end.
#pragma once

#include "abi.h"
#include "devices.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace dispatchbench::testing {

/// Memory, stacks, device page, pointers and pc, and the devices' state outside the page.
struct MachineState {
  std::array<std::uint8_t, ram_bytes> ram{};
  std::array<std::uint8_t, stack_bytes> working_stack{};
  std::array<std::uint8_t, stack_bytes> return_stack{};
  std::array<std::uint8_t, device_page_bytes> device_page{};
  std::uint16_t pc = rom_address;
  std::uint8_t wst = 0;
  std::uint8_t rst = 0;
  Devices devices;

  /// Copies everything into a machine's regions and fields. Its devices are reset first.
  void write_to(Machine& machine, Devices& machine_devices) const;

  /// Copies everything from a machine.
  void read_from(const Machine& machine, const Devices& machine_devices);
};

/// The first difference in words: region, address, the expected value and the one found. Nothing if the
/// machine is in the expected state.
std::optional<std::string> first_difference(const MachineState& expected, const Machine& found,
                                            const Devices& found_devices);

/// What one needs to see why an instruction went wrong: the code at the pc, the pointers, and the stacks
/// below them.
std::string describe_start(const MachineState& start);

} // namespace dispatchbench::testing
