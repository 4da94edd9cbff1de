#include "sampling/batch.h"

#include "sampling/protocol.h"
#include "sampling/timed_run.h"
#include "system/errors.h"
#include "system/hardware_counters.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <sstream>

namespace dispatchbench {
namespace {

using nlohmann::ordered_json;

/// By counter name: null if it can be counted here, else why not.
ordered_json counters_json(const HardwareCounters& counters) {
  ordered_json reasons = ordered_json::object();
  for (std::size_t i = 0; i < hardware_counter_count; ++i) {
    const auto counter = static_cast<HardwareCounter>(i);
    const std::string& reason =
        counters.unavailable().empty() ? counters.unavailable(counter) : counters.unavailable();
    reasons[name_of(counter)] = reason.empty() ? ordered_json() : ordered_json(reason);
  }
  return reasons;
}

/// Ends a benchmark of a backend that refuses. Google Benchmark writes the reason as it is, so bytes that
/// aren't UTF-8 are replaced.
void skip(benchmark::State& state, const char* refusal) {
  const std::string quoted =
      ordered_json(refusal).dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  state.SkipWithError(ordered_json::parse(quoted).get<std::string>().c_str());
}

/// One run of a program, timed by `state`: the body of a benchmark. The digest of every run's end state is
/// added to `digests`.
void sample(benchmark::State& state, ProgramRun& run, const BatchRow& row, HardwareCounters& counters,
            std::set<std::string>& digests) {
  const Program& program = *row.program;
  // Once untimed, so that no sample pays for page faults and untrained predictors, and none depends on what
  // ran before; the counters are read here, since reading them takes system calls that would be timed.
  load_afresh(run, program, *row.backend);
  counters.start();
  const char* const refusal = run.prepare();
  if (refusal != nullptr) {
    skip(state, refusal);
    return;
  }
  run.run(program);
  const HardwareCounts counts = counters.stop();
  for (std::size_t i = 0; i < hardware_counter_count; ++i)
    if (counts.values[i])
      state.counters[name_of(static_cast<HardwareCounter>(i))] = static_cast<double>(*counts.values[i]);

  double preparing = 0;
  for ([[maybe_unused]] auto _ : state) {
    state.PauseTiming();
    digests.insert(digest_of(run.state())); // Of the run before.
    run.load(program, *row.backend);
    state.ResumeTiming();
    const Preparation preparation = timed_preparation(run, *row.backend);
    if (preparation.refusal != nullptr) {
      skip(state, preparation.refusal);
      return;
    }
    preparing += preparation.cpu;
    run.run(program);
  }
  digests.insert(digest_of(run.state()));
  if (row.backend->prepare != nullptr)
    state.counters["prepare_time"] = benchmark::Counter(preparing, benchmark::Counter::kAvgIterations);
}

/// Google Benchmark's own JSON, kept in a string.
class JsonText : public benchmark::JSONReporter {
public:
  JsonText() { SetOutputStream(&stream_); }
  ordered_json parsed() const { return ordered_json::parse(stream_.str()); }

private:
  std::ostringstream stream_;
};

/// Gives Google Benchmark its command line, `words`, of which it keeps the first one's address.
void initialize(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  int count = static_cast<int>(pointers.size());
  benchmark::Initialize(&count, pointers.data());
  if (count > 1) throw UsageError(fmt::format("{}: Google Benchmark doesn't know this flag", pointers[1]));
}

} // namespace

BatchResult run_batch(const std::vector<BatchRow>& rows, const BatchOptions& options, ProgramRun& run,
                      const std::function<void(const std::string&)>& on_begin) {
  BatchResult result;
  HardwareCounters counters;
  std::vector<const BatchRow*> order;
  for (const BatchRow& row : rows) order.push_back(&row);
  std::mt19937_64 random(options.seed);
  std::shuffle(order.begin(), order.end(), random);
  for (const BatchRow* row : order)
    benchmark::RegisterBenchmark(row->name.c_str(), [&, row](benchmark::State& state) {
      on_begin(row->name);
      state.counters["probe_reading"] = static_cast<double>(result.probe.size());
      result.probe.push_back(read_probe());
      sample(state, run, *row, counters, result.digests[row->name]);
    });
  // A minimum time of 0 makes a sample exactly one run.
  std::vector<std::string> words{"dispatchbench", "--benchmark_min_time=0",
                                 "--benchmark_enable_random_interleaving=true",
                                 fmt::format("--benchmark_repetitions={}", options.repetitions)};
  words.insert(words.end(), options.flags.begin(), options.flags.end());
  initialize(words);

  JsonText reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  benchmark::ClearRegisteredBenchmarks();
  result.probe.push_back(read_probe());
  result.document = reporter.parsed();
  result.hardware_counters = counters_json(counters);
  // Medians and the like are computed over processes, later.
  auto& benchmarks = result.document.at("benchmarks");
  benchmarks.erase(std::remove_if(benchmarks.begin(), benchmarks.end(),
                                  [](const ordered_json& row) { return row.at("run_type") != "iteration"; }),
                   benchmarks.end());
  return result;
}

} // namespace dispatchbench
