// Google Benchmark's flags on `run`'s command line.
#pragma once

#include "commands/options.h"

#include <string>
#include <vector>

namespace dispatchbench {

/// What `--benchmark_*` flags ask of us rather than of the children.
struct BenchmarkFlags {
  std::vector<std::string> passed_on;
  std::string filter;
  bool list = false;
};

/// Sorts the flags of Google Benchmark into those passed on, those that have a counterpart here, and the
/// rest, which is refused with the reason. Throws UsageError.
BenchmarkFlags sort_flags(Options& options);

} // namespace dispatchbench
