#include "commands/benchmark_flags.h"

#include "system/errors.h"

#include <fmt/format.h>

namespace dispatchbench {

BenchmarkFlags sort_flags(Options& options) {
  BenchmarkFlags flags;
  for (const std::string& word : options.benchmark_flags) {
    const auto equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const std::string value = equals == std::string::npos ? "true" : word.substr(equals + 1);
    const auto refuse = [&](const std::string& why) {
      throw UsageError(fmt::format("{}: can't be combined with run: {}", word, why));
    };
    if (name == "--benchmark_min_time" || name == "--benchmark_min_warmup_time" ||
        name == "--benchmark_context" || name == "--benchmark_enable_random_interleaving" || name == "--v") {
      flags.passed_on.push_back(word);
    } else if (name == "--benchmark_filter") {
      flags.filter = value;
    } else if (name == "--benchmark_list_tests") {
      flags.list = value == "true" || value == "1";
    } else if (name == "--benchmark_repetitions") {
      try {
        options.repetitions = std::stoi(value);
      } catch (const std::exception&) {
        options.repetitions = -1;
      }
      if (options.repetitions < 1) refuse("expected a whole number from 1");
    } else if (name == "--benchmark_out") {
      options.output = value;
    } else if (name == "--benchmark_format" || name == "--benchmark_out_format") {
      if (value == "json" && name == "--benchmark_format") options.json = true;
      if (value != "json" && (value != "console" || name != "--benchmark_format")) refuse("results are JSON");
    } else if (name == "--benchmark_report_aggregates_only" ||
               name == "--benchmark_display_aggregates_only") {
      refuse("every repetition is kept, since intervals are over processes");
    } else if (name == "--benchmark_perf_counters") {
      refuse("Debian's Google Benchmark is built without libpfm");
    } else if (name == "--benchmark_color") {
      refuse("set NO_COLOR instead");
    } else if (name.starts_with("--benchmark_")) {
      refuse("there is no meaning for it here; see dispatchbench run --help");
    } else {
      throw UsageError(fmt::format("{}: is no option of run; see dispatchbench run --help", word));
    }
  }
  return flags;
}

} // namespace dispatchbench
