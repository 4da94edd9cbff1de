// Measuring: several fresh child processes per library, each a Google Benchmark run of all its rows in random
// order.
#pragma once

#include "verification.h"

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
  int processes = 0;   ///< Fresh child processes per library: the statistical unit.
  int repetitions = 0; ///< Samples of each row in each process; a sample is one whole run of the workload.
  std::uint64_t seed = 0;
  int cpu = -1;                             ///< Processor that every child is pinned to; -1: not pinned.
  std::vector<std::string> benchmark_flags; ///< Passed on to Google Benchmark in the children.
  std::vector<std::string>
      workload_arguments; ///< How a child finds the same workloads: --workloads or --rom, --input.
};

/// Times of one row, by process.
struct RowTimes {
  std::map<int, std::vector<double>> cpu_nanoseconds;
};

/// A row that couldn't be measured, and why.
struct RowFailure {
  std::string row;
  std::string reason;
};

/// Everything measured.
struct Measurement {
  std::vector<nlohmann::ordered_json>
      rows;                       ///< Google Benchmark's, one per repetition and process, with our fields.
  nlohmann::ordered_json context; ///< Google Benchmark's, of the first child.
  std::map<std::string, RowTimes> times; ///< By row name.
  std::vector<RowFailure> failures;
  /// By counter name: null if it is in the rows, else why not.
  nlohmann::ordered_json hardware_counters = nlohmann::ordered_json::object();
  int complete_processes = 0; ///< Fewer than planned after Ctrl-C.
  bool pinned = false;
};

/// Measures `rows`, all verified. A child that crashes or hangs costs the row it was in, which is reported,
/// and is started again without it. `on_progress(share)` is called with 0 to 1. Stops early, keeping what is
/// complete, when `interrupted()`.
Measurement measure(const std::vector<BenchmarkRow>& rows, const MeasurementPlan& plan,
                    std::chrono::nanoseconds estimate, const std::function<void(double share)>& on_progress);

/// In the child: measures the backends named `rows` (workload/backend) of one library, and reports to `fd`.
void measure_in_this_process(const std::vector<std::string>& rows, const std::vector<Workload>& workloads,
                             const LibraryFile& library, const MeasurementPlan& plan, int fd);

} // namespace dispatchbench
