#include "commands/run_plan.h"

#include "commands/selection.h"
#include "system/processors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace dispatchbench {

namespace {

/// "2,040 rows" are no list for people.
constexpr std::size_t most_rows_listed = 40;

std::size_t library_count(const std::vector<BenchmarkRow>& rows) {
  std::set<const LibraryDescription*> libraries;
  for (const BenchmarkRow& row : rows) libraries.insert(row.library);
  return libraries.size();
}

/// How many processes per library are measured at least, and why not more.
void print_processes(const StoppingPlan& stopping, double round_seconds) {
  const int planned = stopping.target_width ? stopping.analyses.front() : stopping.analyses.back();
  const int fewest = std::min(stopping.fewest_rounds, stopping.analyses.back());
  // A round that begins within the limit is measured to its end.
  const double in_time =
      stopping.limit_seconds ? std::ceil(*stopping.limit_seconds / round_seconds) : planned;
  const int expected = in_time < planned ? std::max(fewest, static_cast<int>(in_time)) : planned;
  const std::string time = seconds_text(round_seconds * expected);
  if (expected < planned)
    fmt::print("{} processes per library, about {}: no more begin after {}, and {} are always measured.\n",
               expected, time, seconds_text(*stopping.limit_seconds), fewest);
  else if (stopping.target_width)
    fmt::print("{} processes per library or more, about {}, until the geometric means are within {:g} %.\n",
               expected, time, 100 * *stopping.target_width);
  else
    fmt::print("{} processes per library, about {}; as much again at most for what is disturbed.\n", expected,
               time);
  if (stopping.limit_seconds && expected == planned)
    fmt::print("At most {}, though never fewer than {} processes.\n", seconds_text(*stopping.limit_seconds),
               fewest);
}

void print_rows(const std::vector<BenchmarkRow>& rows) {
  if (rows.size() <= most_rows_listed) {
    for (const BenchmarkRow& row : rows) fmt::print("  {}\n", row.name());
    return;
  }
  std::set<Competitor> competitors;
  std::set<std::string> workloads;
  for (const BenchmarkRow& row : rows) {
    competitors.insert(row.competitor());
    workloads.insert(row.workload().name);
  }
  fmt::print("  {} workloads on {} backends of {} libraries; --benchmark_list_tests names every row\n",
             workloads.size(), competitors.size(), library_count(rows));
}

} // namespace

MeasurementPlan make_plan(const Options& options, const BenchmarkFlags& flags) {
  MeasurementPlan plan;
  StoppingPlan& stopping = plan.stopping;
  if (options.processes != 0) {
    stopping.analyses = {options.processes};
  } else {
    // Fewer processes than 6 have intervals that are dominated by Student's t of few degrees of freedom.
    stopping.analyses = growing_analyses(options.fast ? 6 : 12, options.rigorous ? 300 : 100);
    stopping.target_width = options.target_width_percent / 100;
    stopping.limit_seconds = options.fast ? 40 : options.rigorous ? 1500 : 300;
    stopping.fewest_rounds = 4;
  }
  if (options.max_time != 0) stopping.limit_seconds = options.max_time;
  plan.repetitions = options.fast ? 7 : options.rigorous ? 25 : 15;
  if (options.repetitions != 0) plan.repetitions = options.repetitions;
  plan.seed = selected_seed(options);
  plan.cpu = selected_cpu(options);
  plan.benchmark_flags = flags.passed_on;
  return plan;
}

std::chrono::nanoseconds estimate_of_round(const Verified& verified, const MeasurementPlan& plan) {
  // Each sample also resets the machine, and each library's child loads and warms up.
  constexpr std::chrono::microseconds reset{8};
  constexpr std::chrono::milliseconds start{30};
  const auto round = verified.duration + reset * static_cast<long>(verified.rows.size());
  return round * (2 * plan.repetitions) + start * static_cast<long>(library_count(verified.rows));
}

std::string seconds_text(double seconds) {
  return describe(std::chrono::seconds(static_cast<long>(std::ceil(seconds))));
}

void print_plan(const Verified& verified, const MeasurementPlan& plan, std::chrono::nanoseconds round) {
  const double round_seconds = std::chrono::duration<double>(round).count();
  fmt::print("{} rows, {} samples of each in a process, {} a process of every library.\n",
             verified.rows.size(), plan.repetitions, seconds_text(round_seconds));
  print_processes(plan.stopping, round_seconds);
  fmt::print("Seed {}; {}.\n", plan.seed,
             plan.cpu >= 0 ? fmt::format("pinned to {}", processor_in_words(processor_kinds("/"), plan.cpu))
                           : "not pinned");
  print_rows(verified.rows);
  print_refusals(verified.refusals);
}

} // namespace dispatchbench
