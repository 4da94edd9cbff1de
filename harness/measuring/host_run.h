// One host process of a measurement: a library's rows, each sampled a few times in random order.
#pragma once

#include "sampling/quiet_state.h"
#include "sampling/sampler.h"
#include "subjects/row.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dispatchbench {

/// The rows of one library that are still measured.
using RowGroup = std::vector<const BenchmarkRow*>;

/// Rows by library, in the libraries' order.
std::vector<RowGroup> by_library(const std::vector<BenchmarkRow>& rows);

/// How a host process samples its rows.
struct HostRunOptions {
  int repetitions = 0;
  std::uint64_t seed = 0;
  int cpu = -1;                             ///< Processor to pin to; -1: not pinned.
  std::vector<std::string> benchmark_flags; ///< Passed on to Google Benchmark.
  std::chrono::milliseconds time_out{};
};

/// What one host process gave: results, or where it was when it failed, and why.
struct HostRun {
  std::optional<SampledBatch> batch;
  /// The probe before the batch, in it and after it. In order of time.
  std::vector<ProbeReading> probe;
  std::size_t first_of_batch = 0; ///< Index of the batch's first reading among them.
  double start_seconds = 0;       ///< On CLOCK_MONOTONIC.
  double end_seconds = 0;
  bool pinned = false;
  std::string not_pinned; ///< Why; empty if the host doesn't say.
  std::string begun;      ///< Name of the last row that it began.
  std::string reason;
};

/// Starts a fresh process, samples the rows of `group`, and ends it.
HostRun run_host(const RowGroup& group, const HostRunOptions& options);

/// The rows of `group` that a batch has no valid times for, by name with the reason: too few samples, a clock
/// that stands still, a refusal, or a run that didn't end in the reference's state.
std::map<std::string, std::string> invalid_rows(const SampledBatch& batch, const RowGroup& group,
                                                int repetitions);

} // namespace dispatchbench
