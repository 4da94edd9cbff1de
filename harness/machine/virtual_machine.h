// A whole machine with memory and devices, and how a program runs on it: the first vector, then the console's
// events, then the screen's frames.
#pragma once

#include "abi.h"
#include "machine/devices.h"
#include "machine/machine_state.h"
#include "machine/program_input.h"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace dispatchbench {

/// How many vectors were delivered after the first.
struct DeliveredVectors {
  std::uint64_t console = 0;
  std::uint64_t screen = 0;
};

/// One machine that owns its memory. Usable after the first `reset`.
class VirtualMachine {
public:
  VirtualMachine();
  VirtualMachine(const VirtualMachine&) = delete;
  VirtualMachine& operator=(const VirtualMachine&) = delete;

  /// Sets everything to 0 and loads `rom` at 0x0100. At most `rom_bytes_max` bytes.
  void reset(std::span<const std::uint8_t> rom);

  /// Runs a whole program from a reset: the vector at 0x0100; then, while it has a console vector, a vector
  /// for each byte of its arguments, the end of each, each byte of its input, and the end of that; then,
  /// while it has a screen vector, the frames. Nothing more is delivered once it has stopped.
  /// `run_vector(Machine*)` runs one vector.
  template <class RunVector> DeliveredVectors run_program(RunVector&& run_vector, const ProgramInput& input) {
    DeliveredVectors delivered;
    if (!input.arguments.empty()) machine_.device_page[port::console_type] = 1;
    machine_.pc = rom_address;
    run_vector(&machine_);
    const auto console_event = [&](std::uint8_t byte, ConsoleEvent event) {
      if (devices_.stopped || devices_.console_vector == 0) return;
      machine_.device_page[port::console_read] = byte;
      machine_.device_page[port::console_type] = static_cast<std::uint8_t>(event);
      machine_.pc = devices_.console_vector;
      run_vector(&machine_);
      ++delivered.console;
    };
    const auto console_events = [&](const std::string& bytes, ConsoleEvent event) {
      for (const char byte : bytes) console_event(static_cast<std::uint8_t>(byte), event);
    };
    for (const std::string& argument : input.arguments) {
      console_events(argument, ConsoleEvent::argument);
      console_event('\n',
                    &argument == &input.arguments.back() ? ConsoleEvent::end : ConsoleEvent::end_of_argument);
    }
    console_events(input.console, ConsoleEvent::input);
    console_event(0, ConsoleEvent::end);
    for (int frame = 0; frame < input.frames && !devices_.stopped && devices_.screen_vector != 0; ++frame) {
      machine_.pc = devices_.screen_vector;
      run_vector(&machine_);
      ++delivered.screen;
    }
    return delivered;
  }

  Machine& machine() { return machine_; }
  const Machine& machine() const { return machine_; }
  const Devices& devices() const { return devices_; }
  StateView state() const { return {machine_, devices_}; }

private:
  // The stacks' place within a page is one that programs seldom use: on many processors a load that agrees
  // with an earlier store in the low 12 address bits waits for it, whichever page the two are in.
  struct alignas(4096) Memory {
    std::array<std::uint8_t, ram_bytes> ram;
    std::array<std::uint8_t, 0xd00> gap;
    std::array<std::uint8_t, device_page_bytes> device_page;
    std::array<std::uint8_t, stack_bytes> working_stack;
    std::array<std::uint8_t, stack_bytes> return_stack;
  };

  std::unique_ptr<Memory> memory_;
  Machine machine_{};
  Devices devices_;
};

} // namespace dispatchbench
