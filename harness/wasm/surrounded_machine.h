// A machine for cases in WebAssembly, where no page can be inaccessible.
#pragma once

#include "abi.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace dispatchbench {

/// A machine's regions with room around each, filled with a pattern before a case: what is written there
/// shows.
struct SurroundedMachine {
  static constexpr std::size_t room = 4096;
  std::array<std::uint8_t, room> before_ram;
  alignas(4096) std::array<std::uint8_t, ram_bytes> ram;
  std::array<std::uint8_t, room> before_working_stack;
  alignas(256) std::array<std::uint8_t, stack_bytes> working_stack;
  std::array<std::uint8_t, room> before_return_stack;
  alignas(256) std::array<std::uint8_t, stack_bytes> return_stack;
  std::array<std::uint8_t, room> before_device_page;
  std::array<std::uint8_t, device_page_bytes> device_page;
  std::array<std::uint8_t, room> behind_device_page;

  /// Lets a machine work on these regions.
  void lend_to(Machine& machine) {
    machine.ram = ram.data();
    machine.working_stack = working_stack.data();
    machine.return_stack = return_stack.data();
    machine.device_page = device_page.data();
  }
};

} // namespace dispatchbench
