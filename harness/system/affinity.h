// Which processors this process may run on, and pinning it to one of them.
#pragma once

#include <cstddef>
#include <functional>
#include <sched.h>
#include <string>
#include <vector>

namespace dispatchbench {

/// The calls to the operating system, so that a test can deny them or have thousands of processors. Both
/// return 0, or -errno.
struct AffinityCalls {
  std::function<int(std::size_t bytes, cpu_set_t* set)> get;
  std::function<int(std::size_t bytes, const cpu_set_t* set)> set;

  /// Linux's, for the calling thread.
  static AffinityCalls of_the_system();
};

/// Where this process may run.
struct AllowedProcessors {
  std::vector<int> processors; ///< Empty if that can't be told.
  std::string problem;         ///< Then: which call failed, why, and what would change it.
};
AllowedProcessors allowed_processors(const AffinityCalls& calls = AffinityCalls::of_the_system());

/// Whether this process may run on `cpu` alone.
bool is_pinned_to(int cpu);

/// Pins this process to `cpu`. Returns why it couldn't be and what would change that, empty if it is.
std::string pin_to(int cpu, const AffinityCalls& calls = AffinityCalls::of_the_system());

/// Calls `work` on `cpu`, and lets this process run where it did before afterwards. Returns why `work` ran
/// elsewhere, empty if it didn't.
std::string run_on(int cpu, const std::function<void()>& work,
                   const AffinityCalls& calls = AffinityCalls::of_the_system());

/// Why this process can't be pinned to `cpu`; empty if it can.
std::string pin_problem(int cpu);

} // namespace dispatchbench
