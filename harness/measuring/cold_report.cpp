#include "measuring/cold_report.h"

#include "subjects/build_file.h"
#include "system/terminal.h"

#include <fmt/format.h>

#include <algorithm>

namespace dispatchbench {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t column_width = 22;
constexpr std::size_t memory_width = 11;

/// The backends of a library that were measured, in its order.
std::vector<Competitor> measured(const ColdMeasurement& measurement, const LibraryDescription& library) {
  std::vector<Competitor> competitors;
  for (const auto& backend : library.backends) {
    const Competitor competitor{backend.name, library.label()};
    if (std::any_of(measurement.rows.begin(), measurement.rows.end(),
                    [&](const ColdRow& cold) { return cold.row.competitor() == competitor; }))
      competitors.push_back(competitor);
  }
  return competitors;
}

/// How many programs have a mark at that distance.
std::size_t programs_at(const ColdMeasurement& measurement, std::size_t distance) {
  std::vector<std::string> names;
  for (const ColdRow& cold : measurement.rows)
    for (const ColdMark& mark : cold.marks)
      if (mark.distance == distance) names.push_back(cold.row.workload().name);
  std::sort(names.begin(), names.end());
  return static_cast<std::size_t>(std::unique(names.begin(), names.end()) - names.begin());
}

std::string ratio_text(const std::optional<ColdRatio>& found) {
  if (!found) return "-";
  const Interval& ratio = found->ratio;
  if (!ratio.exists()) return fmt::format("{:.2f} no interval", ratio.estimate);
  return fmt::format("{:.2f} [{:.2f} {:.2f}]", ratio.estimate, ratio.low, ratio.high);
}

std::string table(const ColdMeasurement& measurement, const LibraryDescription& library,
                  const Baseline& baseline) {
  const std::vector<Competitor> competitors = measured(measurement, library);
  std::string text = emphasized(fmt::format("{} ({} {}, {})", library.label(), library.compiler,
                                            library.compiler_version, library.target),
                                Emphasis::bold) +
                     '\n';
  if (competitors.empty()) return text + "  nothing was measured\n";
  std::size_t width = 0;
  for (const Competitor& competitor : competitors) width = std::max(width, competitor.backend.size());
  std::string head = fmt::format("  {:<{}}", "", width);
  std::string programs = fmt::format("  {:<{}}", "", width);
  for (std::size_t i = 0; i < cold_distances.size(); ++i) {
    head += fmt::format("  {:>{}}", fmt::format("first {}", cold_distances[i]), column_width);
    programs +=
        fmt::format("  {:>{}}", fmt::format("{} programs", programs_at(measurement, i)), column_width);
  }
  head += fmt::format("  {:>{}}", "memory", memory_width);
  text += emphasized(head, Emphasis::bold) + '\n' + programs + '\n';
  const Competitor base{baseline.backend, baseline.library.value_or(library.label())};
  for (const Competitor& competitor : competitors) {
    text += fmt::format("  {:<{}}", competitor.backend, width);
    for (std::size_t i = 0; i < cold_distances.size(); ++i) {
      const auto nanoseconds = cold_nanoseconds(measurement, competitor, i);
      const std::string cell = competitor != base ? ratio_text(cold_ratio(measurement, competitor, base, i))
                               : nanoseconds      ? fmt::format("{:.2f} ns/instruction", *nanoseconds)
                                                  : "-";
      text += fmt::format("  {:>{}}", cell, column_width);
    }
    const auto memory = cold_memory(measurement, competitor);
    text += fmt::format("  {:>{}}", memory ? fmt::format("{:.0f} KiB", *memory / 1024) : "-", memory_width);
    text += '\n';
  }
  return text;
}

} // namespace

std::string cold_tables(const ColdMeasurement& measurement, const std::vector<LibraryDescription>& libraries,
                        const Baseline& baseline) {
  std::string text = fmt::format(
      "Cold start: time of a program's first instructions in a fresh process, preparing included,\n"
      "relative to {} [95 % interval over {} processes]; below 1 is faster. Memory: by how much the process\n"
      "grew, the median over all programs\n\n",
      baseline.name(), measurement.processes);
  for (const LibraryDescription& library : libraries) text += table(measurement, library, baseline) + '\n';
  return text;
}

ordered_json cold_document(const ColdMeasurement& measurement, const ColdPlan& plan,
                           const std::vector<LibraryDescription>& libraries, const ordered_json& machine,
                           const Baseline& baseline, const std::vector<std::string>& warnings) {
  ordered_json document{{"schema", 1},
                        {"kind", "cold"},
                        {"machine", machine},
                        {"seed", plan.seed},
                        {"processes", measurement.processes},
                        {"baseline", baseline.name()},
                        {"distances", cold_distances},
                        {"warnings", warnings},
                        {"libraries", ordered_json::array()},
                        {"rows", ordered_json::array()},
                        {"failures", ordered_json::array()}};
  for (const LibraryDescription& library : libraries)
    document["libraries"].push_back(json_with_build(library));
  for (const ColdRow& cold : measurement.rows) {
    ordered_json row{{"name", cold.row.name()},        {"workload", cold.row.workload().name},
                     {"backend", cold.row.backend},    {"library", cold.row.library->label()},
                     {"marks", ordered_json::array()}, {"prepare", ordered_json::array()},
                     {"whole", ordered_json::array()}, {"memory_bytes", ordered_json::array()}};
    for (std::size_t i = 0; i < cold.marks.size(); ++i) {
      ordered_json times = ordered_json::array();
      for (const ColdTimes& each : cold.samples) times.push_back(each.writes[i]);
      row["marks"].push_back({{"distance", cold_distances[cold.marks[i].distance]},
                              {"instructions", cold.marks[i].instructions},
                              {"write", cold.marks[i].write},
                              {"nanoseconds", std::move(times)}});
    }
    for (const ColdTimes& each : cold.samples) {
      row["prepare"].push_back(each.prepare);
      row["whole"].push_back(each.whole);
      row["memory_bytes"].push_back(each.memory ? ordered_json(*each.memory) : ordered_json());
    }
    document["rows"].push_back(std::move(row));
  }
  for (const RowProblem& failure : measurement.failures)
    document["failures"].push_back({{"row", failure.row()}, {"reason", failure.reason}});
  return document;
}

} // namespace dispatchbench
