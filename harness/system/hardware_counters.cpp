#include "system/hardware_counters.h"

#include <fmt/format.h>

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace dispatchbench {
namespace {

struct Event {
  const char* name;
  std::uint64_t config;
};

// In the order of HardwareCounter.
constexpr std::array<Event, hardware_counter_count> events{{
    {"cycles", PERF_COUNT_HW_CPU_CYCLES},
    {"instructions", PERF_COUNT_HW_INSTRUCTIONS},
    {"branches", PERF_COUNT_HW_BRANCH_INSTRUCTIONS},
    {"branch_misses", PERF_COUNT_HW_BRANCH_MISSES},
    {"frontend_stalls", PERF_COUNT_HW_STALLED_CYCLES_FRONTEND},
}};

perf_event_attr description(const Event& event, bool is_leader) {
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_HARDWARE;
  attributes.size = sizeof attributes;
  attributes.config = event.config;
  attributes.disabled = is_leader ? 1 : 0; // The others follow the leader.
  attributes.exclude_kernel = 1;
  attributes.exclude_hv = 1;
  attributes.read_format =
      PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  return attributes;
}

std::string reason_for(const char* name, int error) {
  const char* remedy = "";
  switch (error) {
  case EACCES: remedy = "; allow it with 'sysctl kernel.perf_event_paranoid=2'"; break;
  case EPERM:
    remedy =
        "; a sandbox refuses the call: allow it in the container's seccomp profile, or run outside of the "
        "container (where that doesn't help, 'sysctl kernel.perf_event_paranoid=2')";
    break;
  case ENOENT:
  case EOPNOTSUPP:
    remedy = "; this processor doesn't have it, or the virtual machine doesn't pass it on";
    break;
  case ENOSYS: remedy = "; the kernel is built without perf events, or a sandbox hides them"; break;
  default: break;
  }
  return fmt::format("perf_event_open({}): {}{}", name, std::strerror(error), remedy);
}

// What a read of a group gives.
struct GroupReading {
  std::uint64_t count;
  std::uint64_t time_enabled;
  std::uint64_t time_running;
  std::uint64_t values[hardware_counter_count];
};

} // namespace

const char* name_of(HardwareCounter counter) { return events[static_cast<std::size_t>(counter)].name; }

PerfEventCalls PerfEventCalls::of_the_system() {
  const auto negative_errno = [](long result) { return result < 0 ? -static_cast<long>(errno) : result; };
  return {
      [=](const perf_event_attr& event, int group) {
        return static_cast<int>(
            negative_errno(syscall(SYS_perf_event_open, &event, 0, -1, group, PERF_FLAG_FD_CLOEXEC)));
      },
      [=](int group, unsigned long request) {
        return static_cast<int>(negative_errno(ioctl(group, request, PERF_IOC_FLAG_GROUP)));
      },
      [=](int group, void* to, std::size_t bytes) { return negative_errno(::read(group, to, bytes)); },
      [](int event) { ::close(event); },
  };
}

HardwareCounters::HardwareCounters(PerfEventCalls calls) : calls_(std::move(calls)) {
  for (std::size_t index = 0; index < events.size(); ++index) {
    const int event = calls_.open(description(events[index], group_ < 0), group_);
    if (event < 0) {
      reasons_[index] = reason_for(events[index].name, -event);
      continue;
    }
    events_[index] = event;
    if (group_ < 0) group_ = event;
  }
  if (group_ < 0) unavailable_ = reasons_[0];
}

HardwareCounters::~HardwareCounters() {
  for (const int event : events_)
    if (event >= 0) calls_.close(event);
}

void HardwareCounters::start() {
  if (group_ < 0) return;
  calls_.control(group_, PERF_EVENT_IOC_RESET);
  calls_.control(group_, PERF_EVENT_IOC_ENABLE);
}

HardwareCounts HardwareCounters::stop() {
  HardwareCounts counts;
  if (group_ < 0) return counts;
  calls_.control(group_, PERF_EVENT_IOC_DISABLE);
  GroupReading reading{};
  const long bytes = calls_.read(group_, &reading, sizeof reading);
  const long expected = static_cast<long>(offsetof(GroupReading, values));
  if (bytes < expected || reading.time_running == 0 || reading.time_running < reading.time_enabled)
    return counts;
  // The values come in the order of opening, without gaps for what couldn't be opened.
  std::size_t next = 0;
  for (std::size_t index = 0; index < events.size(); ++index)
    if (events_[index] >= 0 && next < reading.count) counts.values[index] = reading.values[next++];
  return counts;
}

} // namespace dispatchbench
