// Cold starts: how long the first 10^4, 10^5 and 10^6 instructions of a program take in a fresh process. A
// backend that decodes or compiles has to earn that back first.
#pragma once

#include "measuring/measurement.h"
#include "measuring/statistics.h"
#include "sampling/cold_run.h"
#include "subjects/cold_marks.h"
#include "subjects/row.h"

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dispatchbench {

/// How much to measure.
struct ColdPlan {
  int processes = 0; ///< Of each row; every sample has a process of its own.
  std::uint64_t seed = 0;
  int cpu = -1; ///< Processor that every process is pinned to; -1: not pinned.
  std::chrono::seconds time_out{10};
};

/// A row and its samples, one per process.
struct ColdRow {
  BenchmarkRow row;
  std::vector<ColdMark> marks;
  std::vector<ColdTimes> samples;
};

/// Everything measured. Rows have equally many samples: those of complete rounds.
struct ColdMeasurement {
  std::vector<ColdRow> rows;
  std::vector<RowProblem> failures;
  int processes = 0;
};

/// Measures `rows`, all verified, in rounds of random order. Every run's end state must be the reference's.
/// `marks` is by workload. `on_progress(share)` is called with 0 to 1. Stops early, keeping complete rounds,
/// when `interrupted()`.
ColdMeasurement measure_cold(const std::vector<BenchmarkRow>& rows,
                             const std::map<std::string, std::vector<ColdMark>>& marks, const ColdPlan& plan,
                             const std::function<void(double share)>& on_progress);

/// Time over the baseline's at one distance: the geometric mean over the programs that have a mark there on
/// both, with its interval over processes.
struct ColdRatio {
  Interval ratio;
  std::size_t programs;
};

/// The ratio of `competitor`; nothing if no program was measured on both.
std::optional<ColdRatio> cold_ratio(const ColdMeasurement& measurement, const Competitor& competitor,
                                    const Competitor& baseline, std::size_t distance);

/// Median over programs of the bytes by which a process's memory grew, of each program the median of its
/// processes; nothing if the host didn't tell.
std::optional<double> cold_memory(const ColdMeasurement& measurement, const Competitor& competitor);

/// Median over programs of nanoseconds per VM instruction up to that distance; nothing if there is none.
std::optional<double> cold_nanoseconds(const ColdMeasurement& measurement, const Competitor& competitor,
                                       std::size_t distance);

} // namespace dispatchbench
