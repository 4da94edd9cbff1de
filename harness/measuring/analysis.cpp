#include "measuring/analysis.h"

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

Analysis::Analysis(const std::vector<BenchmarkRow>& rows, const Measurement& measurement)
    : interval_level_(measurement.interval_level) {
  for (const BenchmarkRow& row : rows) {
    const std::string& workload = row.workload().name;
    add_once(workloads_, workload);
    add_once(libraries_, row.library->label());
    add_once(competitors_, row.competitor());
    instructions_[workload] = static_cast<double>(row.reference->profile.total);
    if (row.library->is_layout_variant()) layout_of_[row.library->label()] = *row.library->file.layout_of;
    const auto times = measurement.times.find(row.name());
    if (times == measurement.times.end()) continue;
    for (const auto& [process, samples] : times->second.cpu_nanoseconds)
      medians_[row.name()][process] = median(samples);
    if (!times->second.prepare_shares.empty())
      prepare_shares_[row.name()] = median(times->second.prepare_shares);
  }
  for (const RowProblem& failure : measurement.failures) problems_[failure.row()] = "failed";
  for (const RowProblem& refusal : measurement.refusals) problems_[refusal.row()] = "refused";
}

std::vector<std::string> Analysis::layouts_of(const std::string& library) const {
  std::vector<std::string> labels;
  for (const std::string& label : libraries_)
    if (const auto at = layout_of_.find(label);
        label == library || (at != layout_of_.end() && at->second == library))
      labels.push_back(label);
  return labels;
}

std::vector<Competitor> Analysis::competitors(const std::string& library) const {
  std::vector<Competitor> found;
  for (const Competitor& competitor : competitors_)
    if (competitor.library == library) found.push_back(competitor);
  return found;
}

bool Analysis::measured(const Competitor& competitor) const {
  return std::any_of(workloads_.begin(), workloads_.end(), [&](const std::string& workload) {
    return medians_.contains(row_name(workload, competitor));
  });
}

template <class Accepts> std::optional<Competitor> Analysis::first_measured(const Accepts& accepts) const {
  const auto at = std::find_if(competitors_.begin(), competitors_.end(), [&](const Competitor& competitor) {
    return accepts(competitor) && measured(competitor);
  });
  return at == competitors_.end() ? std::nullopt : std::optional(*at);
}

Baseline Analysis::measured_baseline(const Baseline& asked) const {
  const auto is_asked = [&](const Competitor& each) {
    return each.backend == asked.backend && each.library == asked.library.value_or(each.library);
  };
  if (first_measured(is_asked)) return asked;
  const auto original = [&](const Competitor& each) { return !is_layout_variant(each.library); };
  auto other =
      first_measured([&](const Competitor& each) { return original(each) && each.backend == asked.backend; });
  if (!other) other = first_measured(original);
  if (!other) return asked;
  return {other->backend, asked.library ? std::optional(other->library) : std::nullopt};
}

std::optional<Competitor> Analysis::baseline_for(const std::string& library, const Baseline& asked) const {
  if (!first_measured([&](const Competitor& each) { return each.library == library; })) return std::nullopt;
  const Baseline baseline = measured_baseline(asked);
  Competitor own{baseline.backend, baseline.library.value_or(library)};
  if (measured(own)) return own;
  return first_measured([&](const Competitor& each) {
    return each.backend == baseline.backend && !is_layout_variant(each.library);
  });
}

std::string Analysis::missing(const std::string& workload, const Competitor& competitor) const {
  const auto at = problems_.find(row_name(workload, competitor));
  return at == problems_.end() ? "-" : at->second;
}

std::optional<double> Analysis::nanoseconds_per_instruction(const std::string& workload,
                                                            const Competitor& competitor) const {
  const auto at = medians_.find(row_name(workload, competitor));
  if (at == medians_.end()) return std::nullopt;
  return median(values_of(at->second)) / instructions_.at(workload);
}

std::optional<Interval> Analysis::prepare_share(const Competitor& competitor) const {
  std::vector<double> shares;
  for (const std::string& workload : workloads_)
    if (const auto at = prepare_shares_.find(row_name(workload, competitor)); at != prepare_shares_.end())
      shares.push_back(at->second);
  if (shares.empty()) return std::nullopt;
  const auto [low, high] = std::minmax_element(shares.begin(), shares.end());
  return Interval{median(shares), *low, *high};
}

std::map<int, double> Analysis::log_ratios(const std::string& workload, const Competitor& competitor,
                                           const Competitor& baseline) const {
  std::map<int, double> ratios;
  const auto above = medians_.find(row_name(workload, competitor));
  const auto below = medians_.find(row_name(workload, baseline));
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
  return ratio_interval(values_of(ratios), interval_level_);
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
  return ratio_interval(means, interval_level_);
}

double Analysis::widest_mean_ratio(const Baseline& asked) const {
  double widest = 0;
  for (const Competitor& competitor : competitors_) {
    if (is_layout_variant(competitor.library)) continue;
    const std::optional<Competitor> baseline = baseline_for(competitor.library, asked);
    if (!baseline || *baseline == competitor) continue;
    if (const auto ratio = mean_ratio(competitor, *baseline))
      widest = std::max(widest, std::sqrt(ratio->high / ratio->low) - 1);
  }
  return widest;
}

std::size_t Analysis::compared_workloads(const Competitor& competitor, const Competitor& baseline) const {
  return static_cast<std::size_t>(
      std::count_if(workloads_.begin(), workloads_.end(), [&](const std::string& workload) {
        return medians_.contains(row_name(workload, competitor)) &&
               medians_.contains(row_name(workload, baseline));
      }));
}

std::optional<LayoutSpread> Analysis::layout_spread(const std::string& workload,
                                                    const Competitor& competitor) const {
  std::vector<double> times;
  for (const std::string& label : layouts_of(competitor.library))
    if (const auto time = nanoseconds_per_instruction(workload, {competitor.backend, label}))
      times.push_back(*time);
  if (times.size() < 2) return std::nullopt;
  const auto [fastest, slowest] = std::minmax_element(times.begin(), times.end());
  return LayoutSpread{*fastest, *slowest, static_cast<int>(times.size())};
}

std::optional<double> Analysis::effect_over_layouts(const std::string& workload, const Competitor& competitor,
                                                    const std::string& baseline_backend) const {
  if (!layout_spread(workload, competitor) ||
      !layout_spread(workload, {baseline_backend, competitor.library}))
    return std::nullopt;
  std::vector<double> ratios;
  for (const std::string& label : layouts_of(competitor.library))
    if (const auto in_layout = ratio(workload, {competitor.backend, label}, {baseline_backend, label}))
      ratios.push_back(in_layout->estimate);
  if (ratios.empty()) return std::nullopt;
  return median(ratios);
}

bool Analysis::within_layout_noise(const std::string& workload, const Competitor& competitor,
                                   const std::string& baseline_backend) const {
  const auto effect = effect_over_layouts(workload, competitor, baseline_backend);
  if (!effect) return false;
  const double larger = std::max(layout_spread(workload, competitor)->ratio(),
                                 layout_spread(workload, {baseline_backend, competitor.library})->ratio());
  return std::abs(std::log(*effect)) < std::log(larger);
}

} // namespace dispatchbench
