#include "measuring/measurement.h"

#include "sampling/sampler.h"
#include "system/errors.h"
#include "system/interruption.h"

#include <fmt/format.h>

#include <algorithm>
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

/// What one process gave.
struct ProcessResult {
  SampledBatch batch;
  bool pinned = false;
};

/// Measures a group in one fresh process. On failure gives nothing, and `begun` and `reason` say where it was
/// and what happened.
std::optional<ProcessResult> measure_process(const Group& group, const MeasurementPlan& plan,
                                             std::uint64_t seed, std::chrono::milliseconds time_out,
                                             std::string& begun, std::string& reason) {
  std::vector<SampledRow> rows;
  for (const BenchmarkRow* row : group) rows.push_back({row->name(), row->backend, &row->workload()});
  HostOptions options;
  options.fresh_addresses = true;
  options.cpu = plan.cpu;
  try {
    Sampler sampler(group.front()->library->file, options);
    return ProcessResult{sampler.batch(rows, plan.repetitions, seed, plan.benchmark_flags, time_out,
                                       [&](const std::string& row) { begun = row; }),
                         sampler.pinned()};
  } catch (const HostEnded& end) {
    reason = fmt::format("the process that measured it {}", end.what());
  } catch (const Failure&) {
    if (!interrupted()) throw; // Ctrl-C reached the process while it loaded the library.
  }
  return std::nullopt;
}

/// Takes the rows of one process over into `measurement`.
void add_process(Measurement& measurement, ProcessResult result, const Group& group, int process,
                 const MeasurementPlan& plan) {
  if (measurement.context.is_null()) measurement.context = std::move(result.batch.document.at("context"));
  measurement.pinned = result.pinned;
  measurement.hardware_counters = result.batch.hardware_counters;
  for (ordered_json& benchmark : result.batch.document.at("benchmarks")) {
    const std::string name = benchmark.at("name");
    const auto at = std::find_if(group.begin(), group.end(),
                                 [&](const BenchmarkRow* row) { return row->name() == name; });
    if (at == group.end())
      throw Failure(fmt::format("a measuring process returned the row {}, which wasn't asked for", name));
    const BenchmarkRow& row = **at;
    if (const auto error = benchmark.find("error_message"); error != benchmark.end())
      throw Failure(fmt::format("{}: refused while it was measured, though not before: {}", name,
                                error->get<std::string>()));
    benchmark["repetitions"] = plan.processes * plan.repetitions;
    benchmark["repetition_index"] = process * plan.repetitions + benchmark.at("repetition_index").get<int>();
    benchmark["workload"] = row.workload().name;
    benchmark["backend"] = row.backend;
    benchmark["library"] = row.library->label();
    benchmark["process"] = process;
    benchmark["vm_instructions"] = row.reference->profile.total;
    for (const auto& [counter, why] : measurement.hardware_counters.items())
      if (!benchmark.contains(counter)) benchmark[counter] = nullptr;
    measurement.times[name].cpu_nanoseconds[process].push_back(benchmark.at("cpu_time"));
    measurement.rows.push_back(std::move(benchmark));
  }
}

} // namespace

RowProblem problem_of(const BenchmarkRow& row, const std::string& reason) {
  return {row.workload().name, row.competitor(), reason};
}

Measurement measure(const std::vector<BenchmarkRow>& rows, const MeasurementPlan& plan,
                    std::chrono::nanoseconds estimate, const std::function<void(double share)>& on_progress) {
  Measurement measurement;
  std::mt19937_64 random(plan.seed);
  std::vector<Group> groups = by_library(rows);
  // Far more than an honest process takes: a hang is to be noticed, a slow machine to be waited for.
  const auto time_out = std::chrono::seconds(60) + std::chrono::duration_cast<std::chrono::milliseconds>(
                                                       20 * estimate / std::max(1, plan.processes));
  const double steps = static_cast<double>(plan.processes) * static_cast<double>(groups.size());
  int step = 0;
  for (int process = 0; process < plan.processes; ++process) {
    // Libraries in random order within each round, so that drift falls on none of them in particular.
    std::shuffle(groups.begin(), groups.end(), random);
    std::vector<std::pair<std::size_t, ProcessResult>> results;
    for (std::size_t group = 0; group < groups.size(); ++group) {
      while (!groups[group].empty()) {
        on_progress(step / steps);
        std::string begun;
        std::string reason;
        auto result = measure_process(groups[group], plan, random(), time_out, begun, reason);
        if (interrupted()) return measurement; // Ctrl-C reached the process, too.
        if (result) {
          results.emplace_back(group, std::move(*result));
          break;
        }
        const auto at = std::find_if(groups[group].begin(), groups[group].end(),
                                     [&](const BenchmarkRow* row) { return row->name() == begun; });
        if (at == groups[group].end())
          throw Failure(fmt::format("library {}: {} before its first sample",
                                    groups[group].front()->library->label(), reason));
        measurement.failures.push_back(problem_of(**at, reason));
        groups[group].erase(at);
      }
      ++step;
    }
    for (auto& [group, result] : results)
      add_process(measurement, std::move(result), groups[group], process, plan);
    ++measurement.complete_processes;
    std::erase_if(groups, [](const Group& group) { return group.empty(); });
  }
  on_progress(1);
  // A row that failed in a later process has no result at all: half a row would look like a whole one.
  for (const RowProblem& failure : measurement.failures) {
    const std::string name = failure.row();
    measurement.times.erase(name);
    std::erase_if(measurement.rows, [&](const ordered_json& row) { return row.at("name") == name; });
  }
  return measurement;
}

} // namespace dispatchbench
