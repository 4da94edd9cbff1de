#include "comparing/aa.h"

#include "system/terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace dispatchbench {
namespace {

/// How far from 0 the whole interval lies, as a share; 0 if it contains 0.
double distance(const Interval& log_ratios) {
  return std::expm1(std::max({0.0, log_ratios.low, -log_ratios.high}));
}

std::string percent(double share) {
  return std::isfinite(share) ? fmt::format("{:.2f} %", 100 * share) : "> 50 %";
}

} // namespace

AaSummary summarize_aa(const std::vector<std::vector<RowVerdict>>& trials, const ComparisonPlan& plan) {
  AaSummary summary;
  summary.trials = static_cast<int>(trials.size());
  if (trials.empty()) return summary;
  std::vector<double> distances;
  const std::size_t row_count = trials.front().size();
  for (std::size_t row = 0; row < row_count; ++row) {
    AaRow of_row;
    of_row.name = trials.front()[row].row.name();
    std::vector<double> values;
    for (const auto& trial : trials) {
      const RowVerdict& verdict = trial[row];
      if (verdict.first.cpu.used == 0) continue;
      of_row.first_run_alarms += found_difference(verdict.first);
      of_row.false_alarms += verdict.verdict == Verdict::regressed || verdict.verdict == Verdict::improved;
      distances.push_back(distance(verdict.first.cpu.interval));
      of_row.widest = std::max(of_row.widest, distances.back());
      values.insert(values.end(), verdict.first.cpu_units.begin(), verdict.first.cpu_units.end());
    }
    if (!values.empty())
      of_row.smallest_visible = smallest_visible_effect(values, plan.first_rule(row_count),
                                                        plan.second_rule(), plan.margin, 0.95, plan.seed);
    summary.false_alarms += of_row.false_alarms;
    summary.smallest_visible = std::max(summary.smallest_visible, of_row.smallest_visible);
    summary.rows.push_back(std::move(of_row));
  }
  std::sort(distances.begin(), distances.end(), std::greater<>());
  if (!distances.empty()) summary.floor = distances[distances.size() / 100];
  return summary;
}

std::string aa_table(const AaSummary& summary, const ComparisonPlan& plan) {
  std::size_t width = 4;
  for (const AaRow& row : summary.rows) width = std::max(width, row.name.size());
  std::string text = fmt::format("A/A: a library against a copy of its file, {} trials; margin {:.2f} %\n",
                                 summary.trials, 100 * plan.margin);
  text += emphasized(fmt::format("  {:<{}}  {:>12}  {:>16}  {:>18}  {:>16}", "", width, "false alarms",
                                 "first-run alarms", "farthest from 0", "smallest visible"),
                     Emphasis::bold) +
          '\n';
  for (const AaRow& row : summary.rows)
    text += fmt::format("  {:<{}}  {:>12}  {:>16}  {:>18}  {:>16}\n", row.name, width, row.false_alarms,
                        row.first_run_alarms, percent(row.widest), percent(row.smallest_visible));
  const std::size_t verdicts = summary.rows.size() * static_cast<std::size_t>(summary.trials);
  return text + fmt::format("  {} false alarm{} in {} verdicts. Floor: {} (the margin is never set below "
                            "it). Smallest slow-down "
                            "found in 95 of 100 cases, on the noisiest row: {}.\n",
                            summary.false_alarms, summary.false_alarms == 1 ? "" : "s", verdicts,
                            percent(summary.floor), percent(summary.smallest_visible));
}

} // namespace dispatchbench
