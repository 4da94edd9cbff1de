#include "system/processors.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <sstream>

namespace dispatchbench {
namespace {

namespace fs = std::filesystem;

std::optional<double> number(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  std::istringstream stream(*text);
  double value = 0;
  if (!(stream >> value)) return std::nullopt;
  return value;
}

/// The limit that one control group itself sets.
std::optional<double> quota_of_group(const fs::path& folder) {
  if (const auto limit = first_line(folder / "cpu.max")) { // "20000 100000" or "max 100000"
    const std::size_t space = limit->find(' ');
    const auto quota = number(limit->substr(0, space));
    const auto period = space == std::string::npos ? std::nullopt : number(limit->substr(space));
    if (quota && period && *period > 0) return *quota / *period;
    return std::nullopt;
  }
  const auto quota = number(first_line(folder / "cpu.cfs_quota_us")); // -1: no limit
  const auto period = number(first_line(folder / "cpu.cfs_period_us"));
  if (quota && period && *quota > 0 && *period > 0) return *quota / *period;
  return std::nullopt;
}

/// "0-3,7" of sorted numbers.
std::string processor_list(const std::vector<int>& processors) {
  std::string text;
  for (std::size_t i = 0; i < processors.size();) {
    std::size_t last = i;
    while (last + 1 < processors.size() && processors[last + 1] == processors[last] + 1) ++last;
    text += fmt::format("{}{}", text.empty() ? "" : ",", processors[i]);
    if (last > i) text += fmt::format("-{}", processors[last]);
    i = last + 1;
  }
  return text;
}

} // namespace

std::optional<std::string> first_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return line;
}

std::optional<std::string> cpuinfo_value(const fs::path& root, std::string_view name) {
  std::ifstream file(root / "proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::size_t end = line.find_last_not_of(" \t", colon == 0 ? 0 : colon - 1);
    if (line.substr(0, end + 1) != name) continue;
    const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return std::nullopt;
}

std::vector<int> parse_processor_list(std::string_view text) {
  std::vector<int> processors;
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  for (;;) {
    int first = 0;
    auto [behind, error] = std::from_chars(at, end, first);
    if (error != std::errc()) return processors;
    int last = first;
    if (behind != end && *behind == '-') behind = std::from_chars(behind + 1, end, last).ptr;
    for (int processor = first; processor <= last; ++processor) processors.push_back(processor);
    if (behind == end || *behind != ',') return processors;
    at = behind + 1;
  }
}

int online_processors(const fs::path& root) {
  const auto online = first_line(root / "sys/devices/system/cpu/online");
  return online ? static_cast<int>(parse_processor_list(*online).size()) : 0;
}

std::vector<ProcessorKind> processor_kinds(const fs::path& root) {
  const auto performance = first_line(root / "sys/devices/cpu_core/cpus");
  const auto efficiency = first_line(root / "sys/devices/cpu_atom/cpus");
  if (performance && efficiency && !performance->empty() && !efficiency->empty())
    return {{*performance, 2}, {*efficiency, 1}};

  std::map<double, std::vector<int>, std::greater<>> by_capacity;
  const auto online = first_line(root / "sys/devices/system/cpu/online");
  for (const int processor : parse_processor_list(online.value_or("")))
    if (const auto capacity =
            number(first_line(root / fmt::format("sys/devices/system/cpu/cpu{}/cpu_capacity", processor))))
      by_capacity[*capacity].push_back(processor);
  std::vector<ProcessorKind> kinds;
  if (by_capacity.size() < 2) return kinds;
  for (const auto& [capacity, processors] : by_capacity)
    kinds.push_back({processor_list(processors), capacity});
  return kinds;
}

std::optional<double> processor_quota(const fs::path& root) {
  std::optional<double> smallest;
  std::ifstream groups(root / "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) { // "4:cpu,cpuacct:/path", in version 2 "0::/path"
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const fs::path group = line.substr(second + 1);
    std::vector<fs::path> mounts;
    if (controllers == ",,")
      mounts = {"sys/fs/cgroup", "sys/fs/cgroup/unified"};
    else if (controllers.find(",cpu,") != std::string::npos)
      mounts = {"sys/fs/cgroup/cpu", "sys/fs/cgroup/cpu,cpuacct"};
    // A group is limited by all that it lies in. In a container the path may not exist below the mount.
    for (const fs::path& mount : mounts)
      for (fs::path path = group.relative_path();; path = path.parent_path()) {
        if (const auto quota = quota_of_group(root / mount / path))
          smallest = std::min(smallest.value_or(*quota), *quota);
        if (path.empty()) break;
      }
  }
  return smallest;
}

} // namespace dispatchbench
