#include "commands/commands.h"
#include "commands/selection.h"
#include "measuring/layout_report.h"
#include "measuring/results.h"
#include "measuring/tables.h"
#include "sampling/verification.h"
#include "subjects/name_filter.h"
#include "system/environment.h"
#include "system/errors.h"
#include "system/files.h"
#include "system/interruption.h"
#include "system/terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace dispatchbench {
namespace {

using nlohmann::ordered_json;

/// What `--benchmark_*` flags ask of us rather than of the children.
struct BenchmarkFlags {
  std::vector<std::string> passed_on;
  std::string filter;
  bool list = false;
};

/// Sorts the flags of Google Benchmark into those passed on, those that have a counterpart here, and the
/// rest, which is refused with the reason.
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

/// Keeps the rows that --benchmark_filter names; a leading minus turns it round, as in Google Benchmark.
std::vector<BenchmarkRow> filtered(const std::vector<BenchmarkRow>& rows, const std::string& filter) {
  const bool negative = filter.starts_with('-');
  const std::regex expression = filter_expression("--benchmark_filter", negative ? filter.substr(1) : filter);
  std::vector<BenchmarkRow> kept;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(kept), [&](const BenchmarkRow& row) {
    return std::regex_search(row.name(), expression) != negative;
  });
  if (kept.empty())
    throw UsageError(fmt::format("--benchmark_filter {}: matches none of the {} rows; rows are named "
                                 "workload/backend/library, see --benchmark_list_tests",
                                 filter, rows.size()));
  return kept;
}

MeasurementPlan make_plan(const Options& options, const BenchmarkFlags& flags) {
  MeasurementPlan plan;
  // The default takes a minute or two for 15 workloads and both compilers; 6 processes are the fewest whose
  // interval isn't dominated by Student's t of few degrees of freedom.
  plan.processes = options.fast ? 6 : options.rigorous ? 60 : 20;
  plan.repetitions = options.fast ? 7 : options.rigorous ? 25 : 15;
  if (options.processes != 0) plan.processes = options.processes;
  if (options.repetitions != 0) plan.repetitions = options.repetitions;
  plan.seed = selected_seed(options);
  plan.cpu = selected_cpu(options);
  plan.benchmark_flags = flags.passed_on;
  return plan;
}

/// Rows that agree with the reference, those that don't, and how long one run of all of the former takes.
struct Verified {
  std::vector<BenchmarkRow> rows;
  std::vector<RowProblem> failures;
  std::vector<RowProblem> refusals;
  std::chrono::nanoseconds duration{};
};

Verified verify_rows(const std::vector<BenchmarkRow>& rows, const Options& options, Progress& progress) {
  Verified verified;
  Verifier verifier(std::chrono::seconds(options.time_out), !options.no_cache);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    progress.show("verifying " + rows[i].name(), static_cast<double>(i) / static_cast<double>(rows.size()));
    const Verification verification = verifier.verify(rows[i]);
    if (interrupted()) throw Failure("interrupted while verifying; nothing was measured");
    if (verification.problem) {
      verified.failures.push_back(problem_of(rows[i], *verification.problem));
    } else if (verification.refusal) {
      verified.refusals.push_back(problem_of(rows[i], *verification.refusal));
    } else {
      verified.rows.push_back(rows[i]);
      verified.duration += verification.duration;
    }
  }
  progress.clear();
  return verified;
}

/// From the verified runs: each sample also resets the machine, and each child loads and warms up.
std::chrono::nanoseconds estimate(const Verified& verified, const MeasurementPlan& plan) {
  constexpr std::chrono::microseconds reset{8};
  constexpr std::chrono::milliseconds start{30};
  const auto round = verified.duration + reset * static_cast<long>(verified.rows.size());
  return plan.processes * (round * (2 * plan.repetitions) + start);
}

void print_plan(const Verified& verified, const MeasurementPlan& plan, std::chrono::nanoseconds duration) {
  fmt::print("{} rows, {} processes per library, {} samples of each row in each process: {} samples.\n",
             verified.rows.size(), plan.processes, plan.repetitions,
             verified.rows.size() * static_cast<std::size_t>(plan.processes * plan.repetitions));
  fmt::print("Seed {}; {}. Estimated time: {}.\n", plan.seed,
             plan.cpu >= 0 ? fmt::format("pinned to processor {}", plan.cpu) : "not pinned",
             describe(std::chrono::duration_cast<std::chrono::seconds>(duration) + std::chrono::seconds(1)));
  for (const BenchmarkRow& row : verified.rows) fmt::print("  {}\n", row.name());
}

std::vector<std::string> measuring_warnings(const Options& options, const MeasurementPlan& plan,
                                            const Measurement& measurement, const Disturbance& disturbed) {
  std::vector<std::string> warnings;
  if (!options.no_pin && !measurement.pinned)
    warnings.push_back(
        fmt::format("pinning to processor {} wasn't allowed, so the system may move the process; remedy: "
                    "run where sched_setaffinity is permitted",
                    plan.cpu));
  if (disturbed.steal_percent > 1)
    warnings.push_back(
        fmt::format("{:.1f} % of the time was stolen by other virtual machines; remedy: measure again at a "
                    "quieter time, or on hardware of your own",
                    disturbed.steal_percent));
  // Not the load average, which still remembers the build before.
  if (disturbed.other_processes > 0.2)
    warnings.push_back(fmt::format(
        "other processes kept {:.1f} processors busy while this was measured; remedy: stop them, or "
        "expect wider intervals",
        disturbed.other_processes));
  if (measurement.complete_processes < plan.processes)
    warnings.push_back(
        fmt::format("interrupted: {} of {} processes were measured, so the intervals are wider; remedy: let "
                    "it run to its end",
                    measurement.complete_processes, plan.processes));
  return warnings;
}

void print_report(const Analysis& analysis, const std::vector<LibraryDescription>& libraries,
                  const Baseline& baseline) {
  for (const LibraryDescription& library : libraries) {
    if (library.is_layout_variant()) continue; // Part of its original's layout report.
    fmt::print("{}\n", library_report(analysis, library, read_audit(library), baseline));
    if (const std::string text = layout_report(analysis, library.label(), baseline); !text.empty())
      fmt::print("{}\n", text);
  }
  fmt::print("{}", across_libraries(analysis, baseline));
}

/// Throws UsageError, naming the choices, unless a row that is measured has the baseline asked for. The
/// default isn't insisted on: without it ratios are relative to another backend, as the tables say.
void check_baseline(const Baseline& baseline, const std::vector<BenchmarkRow>& rows) {
  std::string choices;
  for (const BenchmarkRow& row : rows) {
    const Competitor competitor = row.competitor();
    if (competitor.backend == baseline.backend &&
        baseline.library.value_or(competitor.library) == competitor.library)
      return;
    if (row.reference == rows.front().reference) choices += ' ' + competitor.name();
  }
  throw UsageError(fmt::format("--baseline {}{}: no such row is measured; there are:{}", baseline.backend,
                               baseline.library ? '/' + *baseline.library : "", choices));
}

/// Throws UsageError unless the original of each layout variant is measured, too: it would be in no table.
void check_layouts(const std::vector<LibraryDescription>& libraries) {
  for (const LibraryDescription& library : libraries) {
    if (!library.is_layout_variant()) continue;
    const std::string& original = *library.file.layout_of;
    if (std::none_of(libraries.begin(), libraries.end(), [&](const LibraryDescription& other) {
          return other.label() == original && !other.is_layout_variant();
        }))
      throw UsageError(
          fmt::format("{} is a layout variant of {:?}, which is not among the libraries; name it with "
                      "--library {}=PATH",
                      library.label(), original, original));
  }
}

} // namespace

int run_command(const Options& given) {
  Options options = given;
  const BenchmarkFlags flags = sort_flags(options);
  const std::filesystem::path ci_output = std::filesystem::path(options.output).replace_extension(".ci.json");
  const Baseline baseline = parse_baseline(options.baseline);
  const std::vector<LibraryDescription> libraries = selected_libraries(options);
  check_layouts(libraries);
  const std::vector<ReferenceRun> references = selected_references(options);
  const std::vector<BenchmarkRow> rows =
      filtered(make_rows(references, libraries, options.backend_filter), flags.filter);
  if (flags.list) {
    for (const BenchmarkRow& row : rows) fmt::print("{}\n", row.name());
    return exit_fine;
  }
  const bool baseline_is_asked_for = options.baseline != Options{}.baseline;
  if (baseline_is_asked_for) check_baseline(baseline, rows);
  const MeasurementPlan plan = make_plan(options, flags);
  if (!options.plan) check_writable(options.output);
  ordered_json machine = describe_machine();
  std::vector<std::string> warnings = machine_warnings(machine);

  watch_for_interrupt();
  Progress progress(options.quiet);
  const Verified verified = verify_rows(rows, options, progress);
  for (const RowProblem& failure : verified.failures)
    fmt::print(stderr, "dispatchbench: {}: {}; it isn't measured\n", failure.row(), failure.reason);
  if (verified.rows.empty()) throw Failure("no row agrees with the reference; nothing was measured");
  if (baseline_is_asked_for) check_baseline(baseline, verified.rows);
  const std::chrono::nanoseconds duration = estimate(verified, plan);
  if (options.plan) {
    print_plan(verified, plan, duration);
    return verified.failures.empty() ? exit_fine : exit_failure;
  }

  const CpuTimes before = read_cpu_times();
  Measurement measurement = measure(verified.rows, plan, duration, [&](double share) {
    progress.show(
        fmt::format("measuring {} rows in {} processes per library", verified.rows.size(), plan.processes),
        share);
  });
  progress.clear();
  const CpuTimes after = read_cpu_times();
  if (measurement.complete_processes == 0)
    throw Failure("interrupted before the first process had finished; nothing to keep");
  for (const RowProblem& failure : measurement.failures)
    fmt::print(stderr, "dispatchbench: {}: {}; the row is left out\n", failure.row(), failure.reason);
  measurement.failures.insert(measurement.failures.begin(), verified.failures.begin(),
                              verified.failures.end());
  measurement.refusals = verified.refusals;

  const Disturbance disturbed = disturbance(before, after, machine["cores"]);
  machine["steal_percent"] = disturbed.steal_percent;
  machine["other_processes"] = disturbed.other_processes;
  for (std::string& warning : measuring_warnings(options, plan, measurement, disturbed))
    warnings.push_back(std::move(warning));

  const ordered_json document = results_document(measurement, plan, references, libraries, machine, warnings);
  write_atomically(options.output, document.dump(1) + '\n');
  write_atomically(ci_output, ci_document(document).dump(1) + '\n');

  if (options.json) fmt::print("{}\n", document.dump(1));
  if (!options.json && !options.quiet) {
    print_report(Analysis(rows, measurement), libraries, baseline);
    for (const RowProblem& refusal : measurement.refusals)
      fmt::print("refused: {}: {}\n", refusal.row(), refusal.reason);
    for (const std::string& warning : warnings)
      fmt::print("{} {}\n", emphasized("warning:", Emphasis::bold), warning);
    fmt::print("\nResults: {} (every sample) and {} (one median per row).\n", options.output.string(),
               ci_output.string());
  }
  return measurement.failures.empty() ? exit_fine : exit_failure;
}

} // namespace dispatchbench
