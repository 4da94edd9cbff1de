// A machine whose regions each lie next to an inaccessible page, so that an access outside crashes.
#pragma once

#include "machine/machine_state.h"

#include <array>
#include <cstddef>

namespace dispatchbench {

/// On which side a region smaller than a page touches an inaccessible page. Memory, a whole number of pages,
/// has one on both sides.
enum class Guard { behind, in_front };

/// Bytes in separately mapped pages, between two inaccessible pages.
class GuardedRegion {
public:
  GuardedRegion(std::size_t size, Guard guard);
  ~GuardedRegion();
  GuardedRegion(const GuardedRegion&) = delete;
  GuardedRegion& operator=(const GuardedRegion&) = delete;

  std::uint8_t* data() const { return data_; }

private:
  void* mapping_;
  std::size_t mapped_bytes_;
  std::uint8_t* data_;
};

/// A machine in guarded regions, as is the Machine struct itself, with the harness's devices.
class GuardedMachine {
public:
  explicit GuardedMachine(Guard guard);

  /// Puts the machine into `state`, every field anew: a backend that went wrong may have changed any of them.
  void start_from(const MachineState& state);

  Machine& machine() { return *machine_; }
  Devices& devices() { return devices_; }

private:
  void set_up();

  GuardedRegion ram_;
  GuardedRegion working_stack_;
  GuardedRegion return_stack_;
  GuardedRegion device_page_;
  GuardedRegion machine_region_;
  Machine* machine_;
  Devices devices_;
};

/// A machine of each kind.
using GuardedMachines = std::array<GuardedMachine, 2>;
inline GuardedMachines guarded_machines() {
  return {GuardedMachine(Guard::behind), GuardedMachine(Guard::in_front)};
}

} // namespace dispatchbench
