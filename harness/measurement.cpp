#include "measurement.h"

#include "child_process.h"
#include "environment.h"
#include "errors.h"
#include "hardware_counters.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <set>
#include <sstream>

namespace dispatchbench {
namespace {

using nlohmann::ordered_json;

/// A child reports one JSON object a line: {"begin": row} when it starts a sample, at the end {"result":
/// Google Benchmark's document, "pinned": bool,
/// "hardware_counters": by name null, or why it is missing}.
struct ChildReport {
  std::string last_begun;
  ordered_json result;
  bool pinned = false;
  ordered_json hardware_counters;
};

ChildReport parse_report(const std::string& output) {
  ChildReport report;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    // A child that died may have left half a line.
    const ordered_json object = ordered_json::parse(line, nullptr, false);
    if (object.is_discarded()) continue;
    if (object.contains("begin")) report.last_begun = object["begin"];
    if (object.contains("result")) {
      report.result = object["result"];
      report.pinned = object["pinned"];
      report.hardware_counters = object["hardware_counters"];
    }
  }
  return report;
}

std::vector<std::string> child_arguments(const std::vector<const BenchmarkRow*>& rows,
                                         const MeasurementPlan& plan, std::uint64_t seed) {
  const LibraryDescription& library = *rows.front()->library;
  std::vector<std::string> arguments{"measure",
                                     "--fd",
                                     "{fd}",
                                     "--library",
                                     library.label + '=' + library.path.string(),
                                     "--seed",
                                     std::to_string(seed),
                                     "--repetitions",
                                     std::to_string(plan.repetitions)};
  if (plan.cpu >= 0) arguments.insert(arguments.end(), {"--cpu", std::to_string(plan.cpu)});
  arguments.insert(arguments.end(), plan.workload_arguments.begin(), plan.workload_arguments.end());
  for (const BenchmarkRow* row : rows) {
    arguments.emplace_back("--row");
    arguments.push_back(row->reference->workload.name + '/' + row->backend);
  }
  arguments.insert(arguments.end(), plan.benchmark_flags.begin(), plan.benchmark_flags.end());
  return arguments;
}

/// Takes the rows of one child over into `measurement`.
void add_child(Measurement& measurement, const ChildReport& report,
               const std::vector<const BenchmarkRow*>& rows, int process, const MeasurementPlan& plan) {
  if (measurement.context.is_null()) measurement.context = report.result.at("context");
  measurement.pinned = report.pinned;
  measurement.hardware_counters = report.hardware_counters;
  for (ordered_json benchmark : report.result.at("benchmarks")) {
    const std::string name = benchmark.at("name");
    const auto at =
        std::find_if(rows.begin(), rows.end(), [&](const BenchmarkRow* row) { return row->name() == name; });
    if (at == rows.end())
      throw Failure(fmt::format("a measuring process returned the row {}, which wasn't asked for", name));
    benchmark["repetitions"] = plan.processes * plan.repetitions;
    benchmark["repetition_index"] = process * plan.repetitions + benchmark.at("repetition_index").get<int>();
    benchmark["workload"] = (*at)->reference->workload.name;
    benchmark["backend"] = (*at)->backend;
    benchmark["library"] = (*at)->library->label;
    benchmark["process"] = process;
    benchmark["vm_instructions"] = (*at)->reference->profile.total;
    for (const auto& [counter, reason] : report.hardware_counters.items())
      if (!benchmark.contains(counter)) benchmark[counter] = nullptr;
    measurement.times[name].cpu_nanoseconds[process].push_back(benchmark.at("cpu_time"));
    measurement.rows.push_back(std::move(benchmark));
  }
}

/// Rows by library, in the libraries' order.
std::vector<std::vector<const BenchmarkRow*>> by_library(const std::vector<BenchmarkRow>& rows) {
  std::vector<std::vector<const BenchmarkRow*>> groups;
  for (const BenchmarkRow& row : rows) {
    auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& candidate) {
      return candidate.front()->library == row.library;
    });
    if (group == groups.end()) group = groups.emplace(groups.end());
    group->push_back(&row);
  }
  return groups;
}

/// By counter name: null if it can be counted here, else why not.
ordered_json describe(const HardwareCounters& counters) {
  ordered_json reasons = ordered_json::object();
  for (std::size_t i = 0; i < hardware_counter_count; ++i) {
    const auto counter = static_cast<HardwareCounter>(i);
    const std::string& reason =
        counters.unavailable().empty() ? counters.unavailable(counter) : counters.unavailable();
    reasons[name_of(counter)] = reason.empty() ? ordered_json() : ordered_json(reason);
  }
  return reasons;
}

/// One run of a program, timed by `state`: what a benchmark's body does.
void sample(benchmark::State& state, VirtualMachine& virtual_machine, const Workload& workload,
            RunFunction run, HardwareCounters& counters) {
  // Once untimed, so that no sample pays for page faults; the counters are read here, since reading them
  // takes system calls that would be timed.
  virtual_machine.reset(workload.rom);
  counters.start();
  virtual_machine.run_program(run, workload.input);
  const HardwareCounts counts = counters.stop();
  for (std::size_t i = 0; i < hardware_counter_count; ++i)
    if (counts.values[i])
      state.counters[name_of(static_cast<HardwareCounter>(i))] = static_cast<double>(*counts.values[i]);

  for ([[maybe_unused]] auto _ : state) {
    state.PauseTiming();
    virtual_machine.reset(workload.rom);
    state.ResumeTiming();
    virtual_machine.run_program(run, workload.input);
  }
}

/// Google Benchmark's own JSON, kept in a string.
class JsonText : public benchmark::JSONReporter {
public:
  JsonText() { SetOutputStream(&stream_); }
  ordered_json parsed() const { return ordered_json::parse(stream_.str()); }

private:
  std::ostringstream stream_;
};

} // namespace

Measurement measure(const std::vector<BenchmarkRow>& rows, const MeasurementPlan& plan,
                    std::chrono::nanoseconds estimate, const std::function<void(double share)>& on_progress) {
  Measurement measurement;
  std::mt19937_64 random(plan.seed);
  std::vector<std::vector<const BenchmarkRow*>> groups = by_library(rows);
  // Far above any honest child: a hang is to be noticed, a slow machine to be waited for.
  const auto time_out = std::chrono::seconds(60) + std::chrono::duration_cast<std::chrono::milliseconds>(
                                                       20 * estimate / std::max(1, plan.processes));
  const double steps = static_cast<double>(plan.processes) * static_cast<double>(groups.size());
  int step = 0;
  for (int process = 0; process < plan.processes; ++process) {
    // Libraries in random order within each round, so that drift falls on none of them in particular.
    std::shuffle(groups.begin(), groups.end(), random);
    std::vector<std::pair<std::size_t, ChildReport>> reports;
    for (std::size_t group = 0; group < groups.size(); ++group) {
      while (!groups[group].empty()) {
        on_progress(step / steps);
        const ChildResult child = run_self(child_arguments(groups[group], plan, random()), time_out);
        if (interrupted()) return measurement; // Ctrl-C reached the child, too.
        ChildReport report = parse_report(child.output);
        if (child.succeeded() && !report.result.is_null()) {
          reports.emplace_back(group, std::move(report));
          break;
        }
        if (report.last_begun.empty())
          throw Failure(fmt::format("a measuring process of library {} {} before its first sample",
                                    groups[group].front()->library->label, child.describe()));
        measurement.failures.push_back(
            {report.last_begun, "the process that measured it " + child.describe()});
        std::erase_if(groups[group],
                      [&](const BenchmarkRow* row) { return row->name() == report.last_begun; });
      }
      ++step;
    }
    for (const auto& [group, report] : reports) add_child(measurement, report, groups[group], process, plan);
    ++measurement.complete_processes;
    std::erase_if(groups, [](const auto& group) { return group.empty(); });
  }
  on_progress(1);
  // A row that failed in a later process has no result at all: half a row would look like a whole one.
  for (const RowFailure& failure : measurement.failures) {
    measurement.times.erase(failure.row);
    std::erase_if(measurement.rows, [&](const ordered_json& row) { return row.at("name") == failure.row; });
  }
  return measurement;
}

void measure_in_this_process(const std::vector<std::string>& rows, const std::vector<Workload>& workloads,
                             const LibraryFile& file, const MeasurementPlan& plan, int fd) {
  const bool pinned = plan.cpu >= 0 && pin_to(plan.cpu);
  const BackendLibrary& library = load_library(file.path);
  VirtualMachine virtual_machine;
  HardwareCounters counters;

  std::vector<std::string> order = rows;
  std::mt19937_64 random(plan.seed);
  std::shuffle(order.begin(), order.end(), random);
  for (const std::string& row : order) {
    const auto slash = row.rfind('/');
    const std::string workload_name = row.substr(0, slash);
    const auto at = std::find_if(workloads.begin(), workloads.end(),
                                 [&](const Workload& workload) { return workload.name == workload_name; });
    if (at == workloads.end()) throw UsageError(fmt::format("--row {}: there is no such workload", row));
    const Workload& workload = *at;
    const RunFunction run = find_backend(library, row.substr(slash + 1));
    const std::string name = row + '/' + file.label;
    const std::string begin = ordered_json{{"begin", name}}.dump() + '\n';
    benchmark::RegisterBenchmark(name.c_str(), [&, run, begin, fd](benchmark::State& state) {
      write_all(fd, begin);
      sample(state, virtual_machine, workload, run, counters);
    });
  }

  // A minimum time of 0 makes a sample exactly one run.
  std::vector<std::string> words{"dispatchbench", "--benchmark_min_time=0",
                                 "--benchmark_enable_random_interleaving=true",
                                 fmt::format("--benchmark_repetitions={}", plan.repetitions)};
  words.insert(words.end(), plan.benchmark_flags.begin(), plan.benchmark_flags.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  int count = static_cast<int>(pointers.size());
  benchmark::Initialize(&count, pointers.data());
  if (count > 1) throw UsageError(fmt::format("{}: Google Benchmark doesn't know this flag", pointers[1]));

  JsonText reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  ordered_json document = reporter.parsed();
  // Medians and the like are computed over processes, later.
  auto& benchmarks = document.at("benchmarks");
  benchmarks.erase(std::remove_if(benchmarks.begin(), benchmarks.end(),
                                  [](const ordered_json& row) { return row.at("run_type") != "iteration"; }),
                   benchmarks.end());
  write_all(fd, ordered_json{{"result", std::move(document)},
                             {"pinned", pinned},
                             {"hardware_counters", describe(counters)}}
                        .dump() +
                    '\n');
}

} // namespace dispatchbench
