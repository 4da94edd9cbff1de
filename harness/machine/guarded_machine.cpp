#include "machine/guarded_machine.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <system_error>

namespace dispatchbench {

GuardedRegion::GuardedRegion(std::size_t size, Guard guard) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t accessible = (size + page - 1) / page * page;
  mapped_bytes_ = accessible + 2 * page;
  mapping_ = mmap(nullptr, mapped_bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping_ == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mapping guard pages");
  auto* const first = static_cast<std::uint8_t*>(mapping_) + page;
  if (mprotect(first, accessible, PROT_READ | PROT_WRITE) != 0)
    throw std::system_error(errno, std::generic_category(), "opening the pages between guard pages");
  data_ = guard == Guard::behind ? first + accessible - size : first;
}

GuardedRegion::~GuardedRegion() { munmap(mapping_, mapped_bytes_); }

GuardedMachine::GuardedMachine(Guard guard)
    : ram_(ram_bytes, guard), working_stack_(stack_bytes, guard), return_stack_(stack_bytes, guard),
      device_page_(device_page_bytes, guard), machine_region_(sizeof(Machine), guard),
      machine_(new(machine_region_.data()) Machine{}) {
  set_up();
}

void GuardedMachine::start_from(const MachineState& state) {
  set_up();
  state.write_to(*machine_, devices_);
}

void GuardedMachine::set_up() {
  *machine_ = {};
  machine_->ram = ram_.data();
  machine_->working_stack = working_stack_.data();
  machine_->return_stack = return_stack_.data();
  machine_->device_page = device_page_.data();
  devices_.attach(*machine_);
}

} // namespace dispatchbench
