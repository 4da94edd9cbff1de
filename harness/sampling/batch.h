// A batch: samples of many rows in one process, taken by Google Benchmark in random order.
#pragma once

#include "sampling/program_run.h"
#include "system/probe.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace dispatchbench {

/// A row of a batch.
struct BatchRow {
  std::string name;
  const Backend* backend;
  const Program* program;
};

/// How often, in which order, and with which flags of Google Benchmark. It takes the samples in an order of
/// its own, which no seed gives; `seed` is that of the order in which it is told of the rows.
struct BatchOptions {
  int repetitions = 1;
  std::uint64_t seed = 0;
  std::vector<std::string> flags;
};

/// What a batch gave.
struct BatchResult {
  nlohmann::ordered_json document; ///< Google Benchmark's.
  /// By counter name why it is missing; null if it is there.
  nlohmann::ordered_json hardware_counters;
  std::map<std::string, std::set<std::string>> digests; ///< Of the states that each row's runs ended with.
  /// Before each sample, whose row says which one as "probe_reading", and at the end.
  std::vector<ProbeReading> probe;
};

/// Takes the samples; `on_begin` is called with a row's name before each. Throws UsageError if Google
/// Benchmark doesn't know a flag.
BatchResult run_batch(const std::vector<BatchRow>& rows, const BatchOptions& options, ProgramRun& run,
                      const std::function<void(const std::string&)>& on_begin);

} // namespace dispatchbench
