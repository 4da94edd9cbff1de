#include "machine/virtual_machine.h"

#include <algorithm>
#include <cstring>

namespace dispatchbench {

VirtualMachine::VirtualMachine() : memory_(std::make_unique<Memory>()) {}

void VirtualMachine::reset(std::span<const std::uint8_t> rom) {
  std::memset(memory_.get(), 0, sizeof(Memory));
  std::copy(rom.begin(), rom.end(), memory_->ram.begin() + rom_address);
  // Every field anew: a backend that went wrong may have changed any of them.
  machine_ = Machine{};
  machine_.ram = memory_->ram.data();
  machine_.working_stack = memory_->working_stack.data();
  machine_.return_stack = memory_->return_stack.data();
  machine_.device_page = memory_->device_page.data();
  machine_.pc = rom_address;
  devices_.attach(machine_);
  devices_.reset();
}

} // namespace dispatchbench
