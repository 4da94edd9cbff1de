// Measuring: several fresh host processes per library, as many as the intervals need and the time allows.
// What the probe says was measured in a disturbed state is measured again.
#pragma once

#include "measuring/host_run.h"
#include "measuring/stopping.h"
#include "sampling/quiet_state.h"
#include "subjects/row.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dispatchbench {

/// How much to measure, and how.
struct MeasurementPlan {
  StoppingPlan stopping;
  int repetitions = 0; ///< Samples of each row in each process; a sample is one whole run of the workload.
  std::uint64_t seed = 0;
  int cpu = -1;                             ///< Processor that every process is pinned to; -1: not pinned.
  std::vector<std::string> benchmark_flags; ///< Passed on to Google Benchmark in the processes.
};

/// Times of one row, by process.
struct RowTimes {
  std::map<int, std::vector<double>> cpu_nanoseconds;
  std::vector<double> prepare_shares; ///< Of each sample's CPU time; empty unless its backend prepares.
};

/// A row without times, and why: it failed, or its backend refuses the program.
struct RowProblem {
  std::string workload;
  Competitor competitor;
  std::string reason;

  std::string row() const { return row_name(workload, competitor); }
};

/// The problem of a row.
RowProblem problem_of(const BenchmarkRow& row, const std::string& reason);

/// One sample of a row.
struct MeasuredSample {
  nlohmann::ordered_json row;         ///< Google Benchmark's, with our fields.
  std::optional<std::size_t> reading; ///< Index of the probe's reading before it; the next is the one after.
  bool disturbed = false;             ///< One of the two is; without them, its process is.
  bool counts = true;
};

/// One host process, as it is kept. A process number stands for a round, in which every library is measured;
/// if its state was disturbed, another attempt takes its place.
struct MeasuredProcess {
  std::string library; ///< Label.
  int process = 0;
  int attempt = 0;
  double start_seconds = 0; ///< Since the measurement's start.
  double seconds = 0;
  std::vector<ProbeReading> probe; ///< Times since the measurement's start.
  ProbeState state;
  bool counts = true; ///< Of it, the samples that do.
  std::vector<MeasuredSample> samples;

  bool loses_a_row = false; ///< All samples of some row lie beside a disturbed reading.

  bool is_disturbed() const { return state.disturbed_share > most_disturbed_of_a_process || loses_a_row; }
};

/// What the probe says of a whole measurement.
struct ProbeSummary {
  double quiet_level = 0; ///< 0: no readings.
  /// The quiet state was too rare: the first attempt of each process counts, whatever its state.
  bool unsettled = false;
};

/// Everything measured.
struct Measurement {
  std::vector<MeasuredProcess> processes;
  ProbeSummary probe;
  Stopping stopping;
  nlohmann::ordered_json context;        ///< Google Benchmark's, of the first process.
  std::map<std::string, RowTimes> times; ///< By row name, of the processes that count.
  std::vector<RowProblem> failures;
  std::vector<RowProblem> refusals;
  /// By counter name: null if it is in the rows, else why not.
  nlohmann::ordered_json hardware_counters = nlohmann::ordered_json::object();
  int rounds = 0;                                ///< Complete ones.
  std::map<std::string, std::string> not_pinned; ///< Libraries with a process that wasn't, and why.
  double interval_level = 0.95;                  ///< Of Student's t in intervals: StoppingPlan's.
};

/// Judges every process and sample by the probe alone, and decides which count: of each process number the
/// first attempt that wasn't disturbed, of that the samples that weren't. `is_final`: where fewer than half
/// of a library's numbers have one, the measurement is unsettled, and all samples of the first attempts
/// count.
void judge_processes(Measurement& measurement, bool is_final);

/// The times of the samples that `takes` says.
std::map<std::string, RowTimes> times_of(const Measurement& measurement,
                                         const std::function<bool(const MeasuredSample&)>& takes);

/// Whether a sample counts.
inline bool sample_counts(const MeasuredSample& sample) { return sample.counts; }

/// Measures `rows`, all verified. A process that crashes or hangs costs the row it was in, which is reported,
/// and is started again without it. After each analysis that the plan names, `widest_interval` says how wide
/// the widest interval is that has to reach the target. `on_progress(share)` is called with 0 to 1. Stops
/// early, keeping what is complete, when `interrupted()`.
Measurement measure(const std::vector<BenchmarkRow>& rows, const MeasurementPlan& plan,
                    std::chrono::nanoseconds estimate_of_round,
                    const std::function<double(const Measurement&)>& widest_interval,
                    const std::function<void(double share)>& on_progress);

} // namespace dispatchbench
