#include "machine/devices.h"

namespace dispatchbench {
namespace {

std::uint16_t short_at(const std::uint8_t* ram, unsigned address) {
  return static_cast<std::uint16_t>(ram[address & 0xffff] << 8 | ram[(address + 1) & 0xffff]);
}

/// Runs the expansion record at `address`: operation, length, bank, address, then a fill value or a
/// destination. Returns whether it wrote to memory.
bool run_expansion(std::uint8_t* ram, std::uint16_t address) {
  enum Operation : std::uint8_t { fill = 0, copy_ascending = 1, copy_descending = 2 };
  const std::uint8_t operation = ram[address];
  const unsigned length = short_at(ram, address + 1u);
  const std::uint16_t bank = short_at(ram, address + 3u);
  const std::uint16_t source = short_at(ram, address + 5u);
  if (operation > copy_descending || bank != 0 || length == 0) return false;
  if (operation == fill) {
    const std::uint8_t value = ram[(address + 7u) & 0xffff];
    for (unsigned i = 0; i < length; ++i) ram[(source + i) & 0xffff] = value;
    return true;
  }
  const std::uint16_t destination_bank = short_at(ram, address + 7u);
  const std::uint16_t destination = short_at(ram, address + 9u);
  if (destination_bank != 0) return false;
  for (unsigned i = 0; i < length; ++i) {
    const unsigned offset = operation == copy_ascending ? i : length - 1 - i;
    ram[(destination + offset) & 0xffff] = ram[(source + offset) & 0xffff];
  }
  return true;
}

std::uint8_t read_port(Machine* machine, std::uint8_t number) noexcept {
  switch (number) {
  case port::working_stack_pointer: return machine->wst;
  case port::return_stack_pointer: return machine->rst;
  default: return machine->device_page[number];
  }
}

void write_port(Machine* machine, std::uint8_t number, std::uint8_t value) noexcept {
  Devices& devices = *static_cast<Devices*>(machine->devices);
  std::uint8_t* const page = machine->device_page;
  page[number] = value;
  switch (number) {
  case port::expansion + 1:
    if (run_expansion(machine->ram, short_at(page, port::expansion))) ++machine->ram_changes;
    break;
  case port::working_stack_pointer: machine->wst = value; break;
  case port::return_stack_pointer: machine->rst = value; break;
  case port::state:
    // A later 0 takes the stop back, and its exit code with it.
    devices.stopped = value != 0;
    devices.exit_code = value & 0x7f;
    break;
  case port::console_vector + 1: devices.console_vector = short_at(page, port::console_vector); break;
  case port::screen_vector + 1: devices.screen_vector = short_at(page, port::screen_vector); break;
  case port::console_write: devices.output.push_back(static_cast<char>(value)); break;
  case port::console_error: devices.error.push_back(static_cast<char>(value)); break;
  default: break;
  }
}

} // namespace

void Devices::reset() {
  output.clear();
  error.clear();
  console_vector = 0;
  screen_vector = 0;
  stopped = false;
  exit_code = 0;
}

void Devices::attach(Machine& machine) {
  machine.dei = read_port;
  machine.deo = write_port;
  machine.devices = this;
}

} // namespace dispatchbench
