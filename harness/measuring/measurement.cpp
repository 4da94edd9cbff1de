#include "measuring/measurement.h"

#include "system/errors.h"
#include "system/interruption.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <random>
#include <set>

namespace dispatchbench {
namespace {

using nlohmann::ordered_json;

double now() { return nanoseconds(CLOCK_MONOTONIC) / 1e9; }

/// Takes processes until the plan says that it is enough.
class Measuring {
public:
  Measuring(Measurement& measurement, const std::vector<BenchmarkRow>& rows, const MeasurementPlan& plan,
            std::chrono::milliseconds time_out, const std::function<void(double)>& on_progress)
      : measurement_(measurement), groups_(by_library(rows)), plan_(plan), time_out_(time_out),
        on_progress_(on_progress), random_(plan.seed), start_(now()) {}

  void run(const std::function<double(const Measurement&)>& widest_interval) {
    Stopping& stopping = measurement_.stopping;
    for (const int analysis : plan_.stopping.analyses) {
      while (measurement_.rounds < analysis && !is_time_up() && take_round()) {
      }
      replace_disturbed();
      settle(false);
      if (interrupted()) break;
      ++stopping.analyses;
      stopping.widest = widest_interval(measurement_);
      stopping.target_reached =
          plan_.stopping.target_width && stopping.widest <= *plan_.stopping.target_width;
      if (stopping.target_reached || is_time_up()) break;
    }
    settle(true);
    for (const RowProblem& failure : measurement_.failures)
      for (MeasuredProcess& process : measurement_.processes)
        std::erase_if(process.samples,
                      [&](const MeasuredSample& sample) { return sample.row.at("name") == failure.row(); });
    // An interruption leaves rounds that no analysis has seen; unsettled samples count after all.
    stopping.widest = widest_interval(measurement_);
    if (measurement_.probe.unsettled) stopping.target_reached = false;
    stopping.seconds = now() - start_;
    stopping.reason = interrupted()             ? "it was interrupted"
                      : stopping.target_reached ? "the intervals are narrow enough"
                      : is_time_up()            ? "the time was up"
                                                : "all processes were measured";
  }

private:
  bool is_time_up() const {
    return plan_.stopping.limit_seconds && now() - start_ >= *plan_.stopping.limit_seconds &&
           measurement_.rounds >= plan_.stopping.fewest_rounds;
  }

  void show_progress() const {
    const double by_rounds = measurement_.rounds / static_cast<double>(plan_.stopping.analyses.back());
    const double by_time =
        plan_.stopping.limit_seconds ? (now() - start_) / *plan_.stopping.limit_seconds : 0;
    on_progress_(std::min(1.0, std::max(by_rounds, by_time)));
  }

  /// One process of each library. Returns false after Ctrl-C or when no row is left.
  bool take_round() {
    // Libraries in random order within each round, so that drift falls on none of them in particular.
    std::shuffle(groups_.begin(), groups_.end(), random_);
    std::vector<MeasuredProcess> round;
    for (RowGroup& group : groups_) {
      show_progress();
      auto process = take_process(group, measurement_.rounds, 0);
      if (interrupted()) return false;
      if (process) round.push_back(std::move(*process));
    }
    if (round.empty()) return false;
    std::move(round.begin(), round.end(), std::back_inserter(measurement_.processes));
    ++measurement_.rounds;
    return true;
  }

  /// Measures again what was disturbed, until nothing is or the time is up. Without a limit, as many
  /// processes as there were may be added.
  void replace_disturbed() {
    for (;;) {
      judge_processes(measurement_, false);
      std::map<std::pair<std::string, int>, int> attempts;
      std::set<std::pair<std::string, int>> settled;
      for (const MeasuredProcess& process : measurement_.processes) {
        const auto slot = std::pair(process.library, process.process);
        ++attempts[slot];
        if (process.counts) settled.insert(slot);
      }
      const auto open = std::find_if(attempts.begin(), attempts.end(),
                                     [&](const auto& entry) { return !settled.contains(entry.first); });
      const bool has_room =
          plan_.stopping.limit_seconds ? !is_time_up() : measurement_.processes.size() < 2 * attempts.size();
      if (open == attempts.end() || !has_room || interrupted()) return;
      const auto group = std::find_if(groups_.begin(), groups_.end(), [&](const RowGroup& candidate) {
        return !candidate.empty() && candidate.front()->library->label() == open->first.first;
      });
      if (group == groups_.end()) return;
      show_progress();
      auto process = take_process(*group, open->first.second, open->second);
      if (interrupted() || !process) return;
      measurement_.processes.push_back(std::move(*process));
    }
  }

  void settle(bool is_final) {
    judge_processes(measurement_, is_final);
    measurement_.times = times_of(measurement_, sample_counts);
    // A row that failed in a later process has no result at all: half a row would look like a whole one.
    for (const RowProblem& failure : measurement_.failures) measurement_.times.erase(failure.row());
  }

  /// Measures `group` in fresh processes until one comes to its end. Nothing if every row failed or after
  /// Ctrl-C.
  std::optional<MeasuredProcess> take_process(RowGroup& group, int number, int attempt) {
    while (!group.empty()) {
      HostRun run =
          run_host(group, {plan_.repetitions, random_(), plan_.cpu, plan_.benchmark_flags, time_out_});
      if (interrupted()) return std::nullopt;
      if (run.batch) {
        for (const auto& [row, reason] : invalid_rows(*run.batch, group, plan_.repetitions))
          fail_row(group, row, reason);
        return kept(std::move(run), group, number, attempt);
      }
      const std::string library = group.front()->library->label();
      if (!fail_row(group, run.begun, run.reason))
        throw Failure(fmt::format("library {}: before its first sample, {}", library, run.reason));
    }
    return std::nullopt;
  }

  /// Takes a row that failed out of `group`. Returns whether it was there.
  bool fail_row(RowGroup& group, const std::string& name, const std::string& reason) {
    const auto at = std::find_if(group.begin(), group.end(),
                                 [&](const BenchmarkRow* row) { return row->name() == name; });
    if (at == group.end()) return false;
    measurement_.failures.push_back(problem_of(**at, reason));
    group.erase(at);
    return true;
  }

  /// What is kept of a process that came to its end: the rows of `group`, with our fields.
  std::optional<MeasuredProcess> kept(HostRun run, const RowGroup& group, int number, int attempt) {
    if (group.empty()) return std::nullopt;
    if (measurement_.context.is_null()) measurement_.context = std::move(run.batch->document.at("context"));
    if (!run.pinned) measurement_.not_pinned.emplace(group.front()->library->label(), run.not_pinned);
    // Hosts may differ in what they can count.
    for (const auto& [counter, why] : run.batch->hardware_counters.items())
      if (!measurement_.hardware_counters.contains(counter)) measurement_.hardware_counters[counter] = why;
    MeasuredProcess process;
    process.library = group.front()->library->label();
    process.process = number;
    process.attempt = attempt;
    process.start_seconds = run.start_seconds - start_;
    process.seconds = run.end_seconds - run.start_seconds;
    process.probe = std::move(run.probe);
    for (ProbeReading& reading : process.probe) reading.seconds -= start_;
    std::map<std::string, const BenchmarkRow*> valid;
    for (const BenchmarkRow* row : group) valid[row->name()] = row;
    for (ordered_json& benchmark : run.batch->document.at("benchmarks")) {
      const auto at = valid.find(benchmark.at("name").get<std::string>());
      if (at == valid.end()) continue;
      const BenchmarkRow& row = *at->second;
      benchmark["workload"] = row.workload().name;
      benchmark["backend"] = row.backend;
      benchmark["library"] = process.library;
      benchmark["process"] = number;
      benchmark["attempt"] = attempt;
      benchmark["vm_instructions"] = row.reference->profile.total;
      MeasuredSample sample;
      if (const auto reading = benchmark.find("probe_reading"); reading != benchmark.end()) {
        const std::size_t index = run.first_of_batch + reading->get<std::size_t>();
        if (index + 1 < process.probe.size()) sample.reading = index;
        benchmark.erase("probe_reading");
      }
      sample.row = std::move(benchmark);
      process.samples.push_back(std::move(sample));
    }
    return process;
  }

  Measurement& measurement_;
  std::vector<RowGroup> groups_;
  const MeasurementPlan& plan_;
  std::chrono::milliseconds time_out_;
  const std::function<void(double)>& on_progress_;
  std::mt19937_64 random_;
  double start_;
};

} // namespace

RowProblem problem_of(const BenchmarkRow& row, const std::string& reason) {
  return {row.workload().name, row.competitor(), reason};
}

Measurement measure(const std::vector<BenchmarkRow>& rows, const MeasurementPlan& plan,
                    std::chrono::nanoseconds estimate_of_round,
                    const std::function<double(const Measurement&)>& widest_interval,
                    const std::function<void(double share)>& on_progress) {
  Measurement measurement;
  measurement.interval_level = plan.stopping.interval_level();
  // Far more than an honest process takes: a hang is to be noticed, a slow machine to be waited for.
  const auto time_out = std::chrono::seconds(60) +
                        std::chrono::duration_cast<std::chrono::milliseconds>(20 * estimate_of_round);
  Measuring(measurement, rows, plan, time_out, on_progress).run(widest_interval);
  on_progress(1);
  return measurement;
}

} // namespace dispatchbench
