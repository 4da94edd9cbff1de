// How much of the processors' time control groups, such as a container's, allow this process, and whether
// they stopped it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dispatchbench {

/// A control group that this process is in, directly or further in, and that has a quota.
struct CpuQuota {
  std::string group;         ///< Path within its hierarchy, as /proc/self/cgroup has it.
  double processors = 0;     ///< 0.2: its processes stand still for four fifths of the time.
  std::uint64_t periods = 0; ///< So far, of those in which the group had something to run.
  std::uint64_t throttled_periods = 0;
  double throttled_seconds = 0;
};

/// All quotas that hold for this process, in control groups of version 1 and 2, the smallest first.
std::vector<CpuQuota> cpu_quotas(const std::filesystem::path& root);

/// What was throttled between two readings, by the group that was most: its counts are those in between.
/// Nothing if no group has a quota and counts.
std::optional<CpuQuota> throttling(const std::vector<CpuQuota>& before, const std::vector<CpuQuota>& after);

} // namespace dispatchbench
