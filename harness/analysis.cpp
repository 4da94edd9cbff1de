#include "analysis.h"

#include <algorithm>
#include <cmath>

namespace dispatchbench {
namespace {

template <class Value> void add_once(std::vector<Value>& values, const Value& value) {
  if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
}

std::vector<double> values_of(const std::map<int, double>& by_process) {
  std::vector<double> values;
  for (const auto& [process, value] : by_process) values.push_back(value);
  return values;
}

} // namespace

Analysis::Analysis(const std::vector<BenchmarkRow>& rows, const Measurement& measurement) {
  for (const BenchmarkRow& row : rows) {
    const auto times = measurement.times.find(row.name());
    if (times == measurement.times.end()) continue;
    const std::string& workload = row.reference->workload.name;
    add_once(workloads_, workload);
    add_once(libraries_, row.library->label);
    add_once(competitors_, Competitor{row.backend, row.library->label});
    instructions_[workload] = static_cast<double>(row.reference->profile.total);
    for (const auto& [process, samples] : times->second.cpu_nanoseconds)
      medians_[row.name()][process] = median(samples);
  }
}

std::vector<Competitor> Analysis::competitors(const std::string& library) const {
  std::vector<Competitor> found;
  for (const Competitor& competitor : competitors_)
    if (competitor.library == library) found.push_back(competitor);
  return found;
}

std::optional<double> Analysis::nanoseconds_per_instruction(const std::string& workload,
                                                            const Competitor& competitor) const {
  const auto at = medians_.find(competitor.row(workload));
  if (at == medians_.end()) return std::nullopt;
  return median(values_of(at->second)) / instructions_.at(workload);
}

std::map<int, double> Analysis::log_ratios(const std::string& workload, const Competitor& competitor,
                                           const Competitor& baseline) const {
  std::map<int, double> ratios;
  const auto above = medians_.find(competitor.row(workload));
  const auto below = medians_.find(baseline.row(workload));
  if (above == medians_.end() || below == medians_.end()) return ratios;
  for (const auto& [process, time] : above->second)
    if (const auto other = below->second.find(process); other != below->second.end())
      ratios[process] = std::log(time / other->second);
  return ratios;
}

std::optional<Interval> Analysis::ratio(const std::string& workload, const Competitor& competitor,
                                        const Competitor& baseline) const {
  const std::map<int, double> ratios = log_ratios(workload, competitor, baseline);
  if (ratios.empty()) return std::nullopt;
  return ratio_interval(values_of(ratios));
}

std::optional<Interval> Analysis::mean_ratio(const Competitor& competitor, const Competitor& baseline) const {
  std::map<int, std::vector<double>> by_process;
  std::size_t workload_count = 0;
  for (const std::string& workload : workloads_) {
    const std::map<int, double> ratios = log_ratios(workload, competitor, baseline);
    workload_count += !ratios.empty();
    for (const auto& [process, value] : ratios) by_process[process].push_back(value);
  }
  std::vector<double> means;
  for (const auto& [process, values] : by_process) {
    if (values.size() != workload_count) continue; // A mean over other workloads would be of something else.
    double sum = 0;
    for (const double value : values) sum += value;
    means.push_back(sum / static_cast<double>(values.size()));
  }
  if (means.empty()) return std::nullopt;
  return ratio_interval(means);
}

} // namespace dispatchbench
