// Measuring: several fresh host processes per library, each a Google Benchmark run of all its rows in random
// order.
#pragma once

#include "subjects/row.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace dispatchbench {

/// How much to measure, and how.
struct MeasurementPlan {
  int processes = 0;   ///< Fresh processes per library: the statistical unit.
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

/// Everything measured.
struct Measurement {
  /// Google Benchmark's, one per repetition and process, with our fields.
  std::vector<nlohmann::ordered_json> rows;
  nlohmann::ordered_json context;        ///< Google Benchmark's, of the first process.
  std::map<std::string, RowTimes> times; ///< By row name.
  std::vector<RowProblem> failures;
  std::vector<RowProblem> refusals;
  /// By counter name: null if it is in the rows, else why not.
  nlohmann::ordered_json hardware_counters = nlohmann::ordered_json::object();
  int complete_processes = 0; ///< Fewer than planned after Ctrl-C.
  bool pinned = false;
};

/// Measures `rows`, all verified. A process that crashes or hangs costs the row it was in, which is reported,
/// and is started again without it. `on_progress(share)` is called with 0 to 1. Stops early, keeping what is
/// complete, when `interrupted()`.
Measurement measure(const std::vector<BenchmarkRow>& rows, const MeasurementPlan& plan,
                    std::chrono::nanoseconds estimate, const std::function<void(double share)>& on_progress);

} // namespace dispatchbench
