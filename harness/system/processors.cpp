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

/// How fast each online processor is, by the file `name` in its folder; empty unless all have it.
std::map<int, double> speeds(const fs::path& root, const char* name) {
  std::map<int, double> speeds;
  const auto online = first_line(root / "sys/devices/system/cpu/online");
  for (const int processor : parse_processor_list(online.value_or(""))) {
    const auto speed =
        number(first_line(root / fmt::format("sys/devices/system/cpu/cpu{}/{}", processor, name)));
    if (!speed) return {};
    speeds[processor] = *speed;
  }
  return speeds;
}

/// Processors by speed, the fastest first. A kind begins where the next slower one has less than `share` of
/// the speed: cores of one kind are rated by how well each turned out, and differ by a few per cent.
std::vector<std::vector<int>> grouped(const std::map<int, double>& speeds, double share) {
  std::vector<std::pair<double, int>> order;
  for (const auto& [processor, speed] : speeds) order.emplace_back(-speed, processor);
  std::sort(order.begin(), order.end());
  std::vector<std::vector<int>> groups;
  double before = 0;
  for (const auto& [negative, processor] : order) {
    if (groups.empty() || -negative < before * share) groups.emplace_back();
    groups.back().push_back(processor);
    before = -negative;
  }
  for (std::vector<int>& group : groups) std::sort(group.begin(), group.end());
  return groups;
}

std::string kind_name(std::size_t index, std::size_t count) {
  if (index == 0) return fastest_kind;
  if (index + 1 == count) return "efficiency";
  return count == 3 ? "middle" : fmt::format("middle {}", index);
}

} // namespace

std::optional<std::string> first_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return line;
}

std::optional<std::string> cpuinfo_value(const fs::path& root, std::string_view name, int processor) {
  std::ifstream file(root / "proc/cpuinfo");
  std::optional<std::string> first;
  bool is_its_part = false;
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::size_t end = line.find_last_not_of(" \t", colon == 0 ? 0 : colon - 1);
    const std::string found = line.substr(0, end + 1);
    const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
    std::string value = begin == std::string::npos ? "" : line.substr(begin);
    if (found == "processor") is_its_part = value == std::to_string(processor);
    if (found != name) continue;
    if (is_its_part) return value;
    if (!first) first = value;
  }
  return first;
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

int online_processors(const fs::path& root) {
  const auto online = first_line(root / "sys/devices/system/cpu/online");
  return online ? static_cast<int>(parse_processor_list(*online).size()) : 0;
}

std::vector<ProcessorKind> processor_kinds(const fs::path& root) {
  std::vector<std::vector<int>> groups;
  const auto performance = first_line(root / "sys/devices/cpu_core/cpus");
  const auto efficiency = first_line(root / "sys/devices/cpu_atom/cpus");
  if (performance && efficiency && !performance->empty() && !efficiency->empty()) {
    groups = {parse_processor_list(*performance), parse_processor_list(*efficiency)};
  } else {
    groups = grouped(speeds(root, "cpu_capacity"), 1);
    constexpr double same_kind = 0.85;
    for (const char* const name : {"cpufreq/cpuinfo_max_freq", "acpi_cppc/highest_perf"})
      if (groups.size() < 2) groups = grouped(speeds(root, name), same_kind);
  }
  std::vector<ProcessorKind> kinds;
  if (groups.size() < 2) return kinds;
  for (std::size_t i = 0; i < groups.size(); ++i)
    kinds.push_back({kind_name(i, groups.size()), processor_list(groups[i])});
  return kinds;
}

std::string kind_of(const std::vector<ProcessorKind>& kinds, int processor) {
  for (const ProcessorKind& kind : kinds) {
    const std::vector<int> of_kind = parse_processor_list(kind.processors);
    if (std::find(of_kind.begin(), of_kind.end(), processor) != of_kind.end()) return kind.name;
  }
  return "";
}

std::string processor_in_words(const std::vector<ProcessorKind>& kinds, int processor) {
  std::string text = fmt::format("processor {}", processor);
  for (const ProcessorKind& kind : kinds)
    if (kind.name == kind_of(kinds, processor))
      text += fmt::format(", of the kind {} ({})", kind.name, kind.processors);
  return text;
}

int default_processor(const std::vector<ProcessorKind>& kinds, const std::vector<int>& allowed) {
  for (const ProcessorKind& kind : kinds)
    for (auto at = allowed.rbegin(); at != allowed.rend(); ++at)
      if (kind_of(kinds, *at) == kind.name) return *at;
  return allowed.empty() ? -1 : allowed.back();
}

} // namespace dispatchbench
