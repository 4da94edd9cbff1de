// The one clock that a WebAssembly module has.
#pragma once

#include <ctime>

namespace dispatchbench {

/// Wall time in nanoseconds, from any start.
inline double now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

} // namespace dispatchbench
