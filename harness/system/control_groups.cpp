#include "system/control_groups.h"

#include "system/processors.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <tuple>

namespace dispatchbench {
namespace {

namespace fs = std::filesystem;

/// Where a hierarchy of control groups is mounted, and which of its groups is at that place.
struct Mount {
  std::string controllers; ///< ",cpu,cpuacct,"; empty for version 2.
  fs::path group;
  fs::path folder;
};

/// A path in mountinfo, where "\040" stands for a space.
std::string unescaped(const std::string& text) {
  std::string path;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      path += static_cast<char>(std::stoi(text.substr(i + 1, 3), nullptr, 8));
      i += 3;
    } else {
      path += text[i];
    }
  }
  return path;
}

/// From "36 31 0:33 /docker/x /sys/fs/cgroup/cpu rw shared:9 - cgroup cgroup rw,cpu,cpuacct".
std::vector<Mount> mounts(const fs::path& root) {
  std::vector<Mount> found;
  std::ifstream file(root / "proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    std::istringstream before(line.substr(0, dash));
    std::istringstream behind(line.substr(dash + 3));
    std::string skipped, group, folder, type, source, options;
    before >> skipped >> skipped >> skipped >> group >> folder;
    behind >> type >> source >> options;
    if (type == "cgroup") found.push_back({',' + options + ',', unescaped(group), unescaped(folder)});
    if (type == "cgroup2") found.push_back({"", unescaped(group), unescaped(folder)});
  }
  if (found.empty()) // As nearly every system has them.
    found = {{"", "/", "/sys/fs/cgroup"},
             {"", "/", "/sys/fs/cgroup/unified"},
             {",cpu,", "/", "/sys/fs/cgroup/cpu"},
             {",cpu,", "/", "/sys/fs/cgroup/cpu,cpuacct"}};
  return found;
}

std::optional<double> number(const std::string& text) {
  std::istringstream stream(text);
  double value = 0;
  if (!(stream >> value)) return std::nullopt;
  return value;
}

/// How many processors' time a group allows by itself.
std::optional<double> limit_of(const fs::path& folder) {
  std::optional<double> quota;
  std::optional<double> period;
  if (const auto limit = first_line(folder / "cpu.max")) { // "20000 100000" or "max 100000"
    const std::size_t space = limit->find(' ');
    quota = number(limit->substr(0, space));
    if (space != std::string::npos) period = number(limit->substr(space));
  } else {
    quota = number(first_line(folder / "cpu.cfs_quota_us").value_or("")); // -1: no limit
    period = number(first_line(folder / "cpu.cfs_period_us").value_or(""));
  }
  if (quota && period && *quota > 0 && *period > 0) return *quota / *period;
  return std::nullopt;
}

void read_counts(const fs::path& folder, CpuQuota& quota) {
  std::ifstream file(folder / "cpu.stat");
  std::string name;
  for (std::uint64_t value = 0; file >> name >> value;) {
    if (name == "nr_periods") quota.periods = value;
    if (name == "nr_throttled") quota.throttled_periods = value;
    if (name == "throttled_usec") quota.throttled_seconds = static_cast<double>(value) / 1e6;
    if (name == "throttled_time") quota.throttled_seconds = static_cast<double>(value) / 1e9;
  }
}

/// The quotas of `group` and of the groups that it lies in, as far up as they are mounted.
void add_quotas(const fs::path& root, const Mount& mount, const fs::path& group,
                std::map<fs::path, CpuQuota>& quotas) {
  // In a container the group may lie outside of what is mounted; its own is then at the mount's place.
  fs::path inside = group.lexically_relative(mount.group);
  if (inside.empty() || inside == "." || *inside.begin() == "..") inside.clear();
  for (;; inside = inside.parent_path()) {
    const fs::path folder = root / mount.folder.relative_path() / inside;
    if (const auto limit = limit_of(folder)) {
      CpuQuota quota{(inside.empty() ? mount.group : mount.group / inside).string(), *limit};
      read_counts(folder, quota);
      quotas[folder] = quota;
    }
    if (inside.empty()) return;
  }
}

} // namespace

std::vector<CpuQuota> cpu_quotas(const fs::path& root) {
  std::map<fs::path, CpuQuota> by_folder;
  const std::vector<Mount> mounted = mounts(root);
  std::ifstream groups(root / "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) { // "4:cpu,cpuacct:/path", in version 2 "0::/path"
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (!controllers.empty() && (',' + controllers + ',').find(",cpu,") == std::string::npos) continue;
    for (const Mount& mount : mounted)
      if (controllers.empty() ? mount.controllers.empty()
                              : mount.controllers.find(",cpu,") != std::string::npos)
        add_quotas(root, mount, line.substr(second + 1), by_folder);
  }
  std::vector<CpuQuota> quotas;
  for (auto& [folder, quota] : by_folder) quotas.push_back(std::move(quota));
  std::sort(quotas.begin(), quotas.end(), [](const CpuQuota& a, const CpuQuota& b) {
    return std::tie(a.processors, a.group) < std::tie(b.processors, b.group);
  });
  return quotas;
}

std::optional<CpuQuota> throttling(const std::vector<CpuQuota>& before, const std::vector<CpuQuota>& after) {
  std::optional<CpuQuota> most;
  for (CpuQuota quota : after) {
    if (quota.periods == 0) continue; // No counts.
    const auto earlier = std::find_if(before.begin(), before.end(),
                                      [&](const CpuQuota& other) { return other.group == quota.group; });
    if (earlier != before.end()) {
      quota.periods -= std::min(quota.periods, earlier->periods);
      quota.throttled_periods -= std::min(quota.throttled_periods, earlier->throttled_periods);
      quota.throttled_seconds = std::max(0.0, quota.throttled_seconds - earlier->throttled_seconds);
    }
    if (!most || quota.throttled_periods > most->throttled_periods) most = quota;
  }
  return most;
}

} // namespace dispatchbench
