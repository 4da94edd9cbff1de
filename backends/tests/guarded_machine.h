// A machine whose regions each stand alone next to an inaccessible page, so that an access outside crashes.
#pragma once

#include "machine/machine_state.h"

#include <array>
#include <cstddef>

namespace dispatchbench::testing {

/// On which side of a region smaller than a page the inaccessible page follows at once. Memory, a whole
/// number of pages, always has one on both sides.
enum class Guard { behind, in_front };

/// Bytes in mapped pages of their own, with an inaccessible page in front of them and one behind them.
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

/// A machine in guarded regions, the Machine struct itself in one too, with the harness's devices.
class GuardedMachine {
public:
  explicit GuardedMachine(Guard guard);

  Machine& machine() { return *machine_; }
  Devices& devices() { return devices_; }

private:
  GuardedRegion ram_;
  GuardedRegion working_stack_;
  GuardedRegion return_stack_;
  GuardedRegion device_page_;
  GuardedRegion machine_region_;
  Machine* machine_;
  Devices devices_;
};

} // namespace dispatchbench::testing
