// The processor's own counters, through Linux's perf_event_open, where the machine and its settings allow it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

struct perf_event_attr; // NOLINT(readability-identifier-naming): Linux names it so.

namespace dispatchbench {

/// What is counted. All of them in user mode only, on the calling thread.
enum class HardwareCounter : std::uint8_t { cycles, instructions, branches, branch_misses, frontend_stalls };

inline constexpr std::size_t hardware_counter_count = 5;

/// The counter's name in results: "branch_misses".
const char* name_of(HardwareCounter counter);

/// One reading. A counter that the machine doesn't have is empty.
struct HardwareCounts {
  std::array<std::optional<std::uint64_t>, hardware_counter_count> values;

  std::optional<std::uint64_t> operator[](HardwareCounter counter) const {
    return values[static_cast<std::size_t>(counter)];
  }
};

/// The calls to the operating system, so that a test can deny them.
struct PerfEventCalls {
  /// Opens an event in the group of file descriptor `group` (-1: a new group). Returns its descriptor, or
  /// -errno.
  std::function<int(const perf_event_attr& event, int group)> open;
  /// An ioctl on a whole group. Returns 0, or -errno.
  std::function<int(int group, unsigned long request)> control;
  /// Reads `bytes` bytes. Returns how many, or -errno.
  std::function<long(int group, void* to, std::size_t bytes)> read;
  std::function<void(int event)> close;

  /// Linux's.
  static PerfEventCalls of_the_system();
};

/// All counters as one group: they count over exactly the same instructions, or not at all.
class HardwareCounters {
public:
  /// Opens what there is. Never throws: look at `unavailable`.
  explicit HardwareCounters(PerfEventCalls calls = PerfEventCalls::of_the_system());
  ~HardwareCounters();
  HardwareCounters(const HardwareCounters&) = delete;
  HardwareCounters& operator=(const HardwareCounters&) = delete;

  /// Why nothing can be counted here and what would change that; empty if something can.
  const std::string& unavailable() const { return unavailable_; }

  /// Why this counter is missing; empty if it is there.
  const std::string& unavailable(HardwareCounter counter) const {
    return reasons_[static_cast<std::size_t>(counter)];
  }

  /// Sets the counters to 0 and starts them.
  void start();

  /// Stops them and returns what they counted since `start`. Everything is empty if nothing is available, or
  /// if the kernel had to share the counters with others meanwhile, since an extrapolation isn't a count.
  HardwareCounts stop();

private:
  PerfEventCalls calls_;
  int group_ = -1;
  std::array<int, hardware_counter_count> events_{-1, -1, -1, -1, -1};
  std::array<std::string, hardware_counter_count> reasons_;
  std::string unavailable_;
};

} // namespace dispatchbench
