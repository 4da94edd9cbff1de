#include "measuring/measurement.h"

#include "sampling/sampler.h"
#include "system/errors.h"
#include "system/interruption.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>

namespace dispatchbench {
namespace {

using nlohmann::ordered_json;

/// The rows of one library that are still measured.
using Group = std::vector<const BenchmarkRow*>;

/// Rows by library, in the libraries' order.
std::vector<Group> by_library(const std::vector<BenchmarkRow>& rows) {
  std::vector<Group> groups;
  for (const BenchmarkRow& row : rows) {
    auto group = std::find_if(groups.begin(), groups.end(), [&](const Group& candidate) {
      return candidate.front()->library == row.library;
    });
    if (group == groups.end()) group = groups.emplace(groups.end());
    group->push_back(&row);
  }
  return groups;
}

/// What one process gave: results, or where it was when it failed, and why.
struct ProcessResult {
  std::optional<SampledBatch> batch;
  bool pinned = false;
  std::string begun; ///< Name of the last row that it began.
  std::string reason;
};

ProcessResult measure_process(const Group& group, const MeasurementPlan& plan, std::uint64_t seed,
                              std::chrono::milliseconds time_out) {
  std::vector<SampledRow> rows;
  for (const BenchmarkRow* row : group) rows.push_back({row->name(), row->backend, &row->workload()});
  HostOptions options;
  options.fresh_addresses = true;
  options.cpu = plan.cpu;
  ProcessResult result;
  try {
    Sampler sampler(group.front()->library->file, options);
    result.pinned = sampler.pinned();
    result.batch = sampler.batch(rows, plan.repetitions, seed, plan.benchmark_flags, time_out,
                                 [&](const std::string& row) { result.begun = row; });
  } catch (const HostEnded& end) {
    result.reason = fmt::format("the process that measured it {}", end.what());
  } catch (const Failure& failure) {
    result.reason = fmt::format("its host answered while it was measured: {}", failure.what());
  }
  return result;
}

/// The rows of `group` that a batch has no valid times for, with the reason.
std::vector<RowProblem> invalid_rows(const SampledBatch& batch, const Group& group, int repetitions) {
  std::map<std::string, int> samples;
  std::map<std::string, std::string> reasons;
  for (const ordered_json& benchmark : batch.document.at("benchmarks")) {
    const std::string name = benchmark.at("name");
    ++samples[name];
    if (const auto error = benchmark.find("error_message"); error != benchmark.end())
      reasons[name] = fmt::format("refused while it was measured, though not before: {}", error->dump());
    else if (!(benchmark.value("cpu_time", 0.0) > 0) || !(benchmark.value("real_time", 0.0) > 0))
      reasons[name] = "its host's clock says that a run took no time";
  }
  std::vector<RowProblem> problems;
  for (const BenchmarkRow* row : group) {
    const std::string name = row->name();
    if (const auto at = reasons.find(name); at != reasons.end())
      problems.push_back(problem_of(*row, at->second));
    else if (samples[name] != repetitions)
      problems.push_back(problem_of(
          *row, fmt::format("its process gave {} samples; expected {}", samples[name], repetitions)));
  }
  return problems;
}

/// Takes the rows of one process over into `measurement`.
void add_process(Measurement& measurement, ProcessResult result, const Group& group, int process,
                 const MeasurementPlan& plan) {
  if (measurement.context.is_null()) measurement.context = std::move(result.batch->document.at("context"));
  measurement.pinned = result.pinned;
  // Hosts may differ in what they can count.
  for (const auto& [counter, why] : result.batch->hardware_counters.items())
    if (!measurement.hardware_counters.contains(counter)) measurement.hardware_counters[counter] = why;
  for (ordered_json& benchmark : result.batch->document.at("benchmarks")) {
    const std::string name = benchmark.at("name");
    const auto at = std::find_if(group.begin(), group.end(),
                                 [&](const BenchmarkRow* row) { return row->name() == name; });
    if (at == group.end()) continue; // Its samples are invalid.
    const BenchmarkRow& row = **at;
    benchmark["repetitions"] = plan.processes * plan.repetitions;
    benchmark["repetition_index"] = process * plan.repetitions + benchmark.at("repetition_index").get<int>();
    benchmark["workload"] = row.workload().name;
    benchmark["backend"] = row.backend;
    benchmark["library"] = row.library->label();
    benchmark["process"] = process;
    benchmark["vm_instructions"] = row.reference->profile.total;
    for (const auto& [counter, why] : measurement.hardware_counters.items())
      if (!benchmark.contains(counter)) benchmark[counter] = nullptr;
    RowTimes& times = measurement.times[name];
    const double cpu = benchmark.at("cpu_time");
    times.cpu_nanoseconds[process].push_back(cpu);
    if (const auto prepare = benchmark.find("prepare_time"); prepare != benchmark.end())
      times.prepare_shares.push_back(prepare->get<double>() / cpu);
    measurement.rows.push_back(std::move(benchmark));
  }
}

/// Takes a row that failed out of `group`. Returns whether it was there.
bool fail_row(Measurement& measurement, Group& group, const std::string& name, const std::string& reason) {
  const auto at =
      std::find_if(group.begin(), group.end(), [&](const BenchmarkRow* row) { return row->name() == name; });
  if (at == group.end()) return false;
  measurement.failures.push_back(problem_of(**at, reason));
  group.erase(at);
  return true;
}

/// Measures `group` in fresh processes until one comes to its end. Nothing if every row failed or after
/// Ctrl-C.
std::optional<ProcessResult> measure_group(Measurement& measurement, Group& group,
                                           const MeasurementPlan& plan, std::mt19937_64& random,
                                           std::chrono::milliseconds time_out) {
  while (!group.empty()) {
    ProcessResult result = measure_process(group, plan, random(), time_out);
    if (interrupted()) return std::nullopt;
    if (result.batch) {
      for (const RowProblem& problem : invalid_rows(*result.batch, group, plan.repetitions))
        fail_row(measurement, group, problem.row(), problem.reason);
      return result;
    }
    if (!fail_row(measurement, group, result.begun, result.reason))
      throw Failure(fmt::format("library {}: before its first sample, {}", group.front()->library->label(),
                                result.reason));
  }
  return std::nullopt;
}

/// Measures all groups, process by process. Returns early after Ctrl-C.
void measure_processes(Measurement& measurement, std::vector<Group> groups, const MeasurementPlan& plan,
                       std::chrono::milliseconds time_out,
                       const std::function<void(double share)>& on_progress) {
  std::mt19937_64 random(plan.seed);
  const double steps = static_cast<double>(plan.processes) * static_cast<double>(groups.size());
  int step = 0;
  for (int process = 0; process < plan.processes; ++process) {
    // Libraries in random order within each round, so that drift falls on none of them in particular.
    std::shuffle(groups.begin(), groups.end(), random);
    std::vector<std::pair<std::size_t, ProcessResult>> results;
    for (std::size_t group = 0; group < groups.size(); ++group) {
      on_progress(step++ / steps);
      auto result = measure_group(measurement, groups[group], plan, random, time_out);
      if (interrupted()) return;
      if (result) results.emplace_back(group, std::move(*result));
    }
    for (auto& [group, result] : results)
      add_process(measurement, std::move(result), groups[group], process, plan);
    ++measurement.complete_processes;
  }
  on_progress(1);
}

} // namespace

RowProblem problem_of(const BenchmarkRow& row, const std::string& reason) {
  return {row.workload().name, row.competitor(), reason};
}

Measurement measure(const std::vector<BenchmarkRow>& rows, const MeasurementPlan& plan,
                    std::chrono::nanoseconds estimate, const std::function<void(double share)>& on_progress) {
  Measurement measurement;
  // Far more than an honest process takes: a hang is to be noticed, a slow machine to be waited for.
  const auto time_out = std::chrono::seconds(60) + std::chrono::duration_cast<std::chrono::milliseconds>(
                                                       20 * estimate / std::max(1, plan.processes));
  measure_processes(measurement, by_library(rows), plan, time_out, on_progress);
  // A row that failed in a later process has no result at all: half a row would look like a whole one.
  for (const RowProblem& failure : measurement.failures) {
    const std::string name = failure.row();
    measurement.times.erase(name);
    std::erase_if(measurement.rows, [&](const ordered_json& row) { return row.at("name") == name; });
  }
  return measurement;
}

} // namespace dispatchbench
