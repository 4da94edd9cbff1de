// A whole machine with memory and devices, and how a program runs on it: the first vector, then the console's
// events.
#pragma once

#include "abi.h"
#include "machine/devices.h"
#include "machine/machine_state.h"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace dispatchbench {

/// One machine that owns its memory. Usable after the first `reset`.
class VirtualMachine {
public:
  VirtualMachine();
  VirtualMachine(const VirtualMachine&) = delete;
  VirtualMachine& operator=(const VirtualMachine&) = delete;

  /// Sets everything to 0 and loads `rom` at 0x0100. At most `rom_bytes_max` bytes.
  void reset(std::span<const std::uint8_t> rom);

  /// Runs a whole program: the vector at 0x0100, then, if the program set a console vector, each byte of
  /// `input` and the end of input as one vector each, until the program asks to stop. `run_vector(Machine*)`
  /// runs one vector.
  template <class RunVector> void run_program(RunVector&& run_vector, std::string_view input) {
    machine_.pc = rom_address;
    run_vector(&machine_);
    if (devices_.console_vector == 0) return;
    for (const char byte : input) deliver(run_vector, static_cast<std::uint8_t>(byte), ConsoleEvent::input);
    deliver(run_vector, 0, ConsoleEvent::end_of_input);
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

  template <class RunVector> void deliver(RunVector&& run_vector, std::uint8_t byte, ConsoleEvent event) {
    if (devices_.stopped || devices_.console_vector == 0) return;
    machine_.device_page[port::console_read] = byte;
    machine_.device_page[port::console_type] = static_cast<std::uint8_t>(event);
    machine_.pc = devices_.console_vector;
    run_vector(&machine_);
  }

  std::unique_ptr<Memory> memory_;
  Machine machine_{};
  Devices devices_;
};

} // namespace dispatchbench
