// A whole machine state as a value: where a test starts, and where a run must end.
#pragma once

#include "devices.h"
#include "abi.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace dispatchbench::testing {

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

  /// Copies everything into a machine's regions and fields. Its devices are reset first.
  void write_to(Machine& machine, Devices& machine_devices) const;

  /// The opposite.
  void read_from(const Machine& machine, const Devices& machine_devices);
};

/// The first difference in words: region, address, what was expected and what was found. Nothing if a machine
/// is in the expected state.
std::optional<std::string> first_difference(const MachineState& expected, const Machine& found,
                                            const Devices& found_devices);

/// The instruction at the pc, the stacks below their pointers and the pointers: what one needs to see why an
/// instruction went wrong.
std::string describe_start(const MachineState& start);

} // namespace dispatchbench::testing
