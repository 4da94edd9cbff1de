// A batch: samples of many rows in one process, taken by Google Benchmark in random order.
#pragma once

#include "sampling/program_run.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace dispatchbench {

/// A row of a batch.
struct BatchRow {
  std::string name;
  const Backend* backend;
  const Program* program;
};

/// How often, in which order, and with which flags of Google Benchmark.
struct BatchOptions {
  int repetitions = 1;
  std::uint64_t seed = 0;
  std::vector<std::string> flags;
};

/// Google Benchmark's document, and by counter name why a hardware counter is missing (null: it is there).
struct BatchResult {
  nlohmann::ordered_json document;
  nlohmann::ordered_json hardware_counters;
};

/// Takes the samples; `on_begin` is called with a row's name before each. Throws UsageError if Google
/// Benchmark doesn't know a flag.
BatchResult run_batch(const std::vector<BatchRow>& rows, const BatchOptions& options, ProgramRun& run,
                      const std::function<void(const std::string&)>& on_begin);

} // namespace dispatchbench
