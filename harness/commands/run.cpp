#include "commands/benchmark_flags.h"
#include "commands/commands.h"
#include "commands/selection.h"
#include "measuring/layout_report.h"
#include "measuring/pinning_report.h"
#include "measuring/probe_report.h"
#include "measuring/rankable.h"
#include "measuring/results.h"
#include "measuring/results_files.h"
#include "measuring/tables.h"
#include "sampling/verification.h"
#include "subjects/name_filter.h"
#include "subjects/program_warnings.h"
#include "system/environment.h"
#include "system/errors.h"
#include "system/interruption.h"
#include "system/json_text.h"
#include "system/processors.h"
#include "system/terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <optional>

namespace dispatchbench {
namespace {

using nlohmann::ordered_json;

/// Keeps the rows that --benchmark_filter names; a leading minus turns it round, as in Google Benchmark.
std::vector<BenchmarkRow> filtered(const std::vector<BenchmarkRow>& rows, const std::string& filter) {
  const bool negative = filter.starts_with('-');
  const std::regex expression =
      compiled_expression("--benchmark_filter", negative ? filter.substr(1) : filter);
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
  StoppingPlan& stopping = plan.stopping;
  if (options.processes != 0) {
    stopping.analyses = {options.processes};
  } else {
    // Fewer processes than 6 have intervals that are dominated by Student's t of few degrees of freedom.
    stopping.analyses = growing_analyses(options.fast ? 6 : 12, options.rigorous ? 300 : 100);
    stopping.target_width = options.target_width_percent / 100;
    stopping.limit_seconds = options.fast ? 40 : options.rigorous ? 1500 : 300;
    stopping.fewest_rounds = 4;
  }
  if (options.max_time != 0) stopping.limit_seconds = options.max_time;
  plan.repetitions = options.fast ? 7 : options.rigorous ? 25 : 15;
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
    check_interrupted("verifying");
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

std::string why_nothing_is_measured(const Verified& verified) {
  if (verified.refusals.empty()) return "no row agrees with the reference; nothing was measured";
  std::string text = verified.failures.empty() ? "all rows were refused; nothing was measured"
                                               : "all other rows were refused; nothing was measured";
  for (const RowProblem& refusal : verified.refusals)
    text += fmt::format("\n  {}: {}", refusal.row(), refusal.reason);
  return text;
}

/// Of one process of each library, from the verified runs: each sample also resets the machine, and each
/// child loads and warms up.
std::chrono::nanoseconds estimate_of_round(const Verified& verified, const MeasurementPlan& plan) {
  constexpr std::chrono::microseconds reset{8};
  constexpr std::chrono::milliseconds start{30};
  const auto round = verified.duration + reset * static_cast<long>(verified.rows.size());
  return round * (2 * plan.repetitions) + start;
}

void print_refusals(const std::vector<RowProblem>& refusals) {
  for (const RowProblem& refusal : refusals) fmt::print("refused: {}: {}\n", refusal.row(), refusal.reason);
}

/// A time in whole seconds, rounded up.
std::string seconds_text(double seconds) {
  return describe(std::chrono::seconds(static_cast<long>(std::ceil(seconds))));
}

void print_plan(const Verified& verified, const MeasurementPlan& plan, std::chrono::nanoseconds round) {
  const StoppingPlan& stopping = plan.stopping;
  const double round_seconds = std::chrono::duration<double>(round).count();
  fmt::print("{} rows, {} samples of each in a process, {} a process of every library.\n",
             verified.rows.size(), plan.repetitions, seconds_text(round_seconds));
  if (stopping.target_width)
    fmt::print("{} processes per library or more, about {}, until the geometric means are within {:g} %.\n",
               stopping.analyses.front(), seconds_text(round_seconds * stopping.analyses.front()),
               100 * *stopping.target_width);
  else
    fmt::print("{} processes per library, about {}; as much again at most for what is disturbed.\n",
               stopping.analyses.back(), seconds_text(round_seconds * stopping.analyses.back()));
  if (stopping.limit_seconds)
    fmt::print("At most {}, though never fewer than {} processes.\n", seconds_text(*stopping.limit_seconds),
               std::min(stopping.fewest_rounds, stopping.analyses.back()));
  fmt::print("Seed {}; {}.\n", plan.seed,
             plan.cpu >= 0 ? fmt::format("pinned to {}", processor_in_words(processor_kinds("/"), plan.cpu))
                           : "not pinned");
  for (const BenchmarkRow& row : verified.rows) fmt::print("  {}\n", row.name());
  print_refusals(verified.refusals);
}

/// "interrupted after 7 of 20 processes of each library, which are kept".
std::string interruption_text(const Measurement& measurement, const MeasurementPlan& plan) {
  const int rounds = measurement.rounds;
  const std::string planned =
      plan.stopping.target_width ? "" : fmt::format("of {} ", plan.stopping.analyses.back());
  const bool is_one = rounds == 1 && planned.empty();
  return fmt::format("interrupted after {} {}process{} of each library, which {} kept", rounds, planned,
                     is_one ? "" : "es", rounds == 1 ? "is" : "are");
}

std::vector<std::string> measuring_warnings(const Measurement& measurement, const MeasurementPlan& plan,
                                            const Disturbance& disturbed) {
  std::vector<std::string> warnings;
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
  if (interrupted())
    warnings.push_back(
        fmt::format("{}, so {}; remedy: let it run to its end", interruption_text(measurement, plan),
                    measurement.rounds < 2 ? "there are no intervals" : "the intervals are wider"));
  return warnings;
}

/// How much was measured, and why not more.
std::string stopping_text(const Measurement& measurement, const MeasurementPlan& plan) {
  const Stopping& stopping = measurement.stopping;
  std::string text =
      fmt::format("{} process{} of each library in {}: {}", measurement.rounds,
                  measurement.rounds == 1 ? "" : "es", seconds_text(stopping.seconds), stopping.reason);
  if (stopping.widest > 0 && std::isfinite(stopping.widest))
    text += fmt::format("; geometric means are within {:.2f} %", 100 * stopping.widest);
  if (plan.stopping.target_width && !stopping.target_reached)
    text += fmt::format(" ({:g} % were wanted: more time narrows them, see --max-time)",
                        100 * *plan.stopping.target_width);
  return text + '.';
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
  watch_for_interrupt();
  std::optional<ResultsFiles> files;
  if (!options.plan) files.emplace(options.output);
  const std::string not_pinned = why_not_pinned(options, plan.cpu);
  ordered_json machine = describe_machine(not_pinned.empty() ? plan.cpu : -1);

  Progress progress(options.quiet);
  Verified verified = verify_rows(rows, options, progress);
  refuse_too_short(verified.rows, verified.refusals, std::chrono::seconds(options.time_out));
  check_interrupted("verifying");
  for (const RowProblem& failure : verified.failures)
    say(fmt::format("{}: {}; it isn't measured", failure.row(), failure.reason));
  if (verified.rows.empty()) throw Failure(why_nothing_is_measured(verified));
  if (baseline_is_asked_for) check_baseline(baseline, verified.rows);
  const std::chrono::nanoseconds round = estimate_of_round(verified, plan);
  if (options.plan) {
    print_plan(verified, plan, round);
    if (!not_pinned.empty()) print_warnings({pinning_warning(plan.cpu, not_pinned)});
    if (const std::string warning = kind_warning(machine); !warning.empty()) print_warnings({warning});
    return verified.failures.empty() ? exit_fine : exit_failure;
  }

  for (const LibraryDescription& library : libraries) read_audit(library); // Known when it ends, or is ended.
  check_interrupted("auditing the libraries");

  const CpuTimes before = read_cpu_times();
  const std::vector<CpuQuota> quotas_before = cpu_quotas("/");
  Measurement measurement = measure(
      verified.rows, plan, round,
      [&](const Measurement& so_far) { return Analysis(rows, so_far).widest_mean_ratio(baseline); },
      [&](double share) { progress.show(fmt::format("measuring {} rows", verified.rows.size()), share); });
  progress.clear();
  const CpuTimes after = read_cpu_times();
  if (measurement.rounds == 0 && interrupted())
    throw Interrupted(
        "interrupted before each library had a process that is complete; there is nothing to keep");
  for (const RowProblem& failure : measurement.failures)
    say(fmt::format("{}: {}; the row is left out", failure.row(), failure.reason));
  measurement.failures.insert(measurement.failures.begin(), verified.failures.begin(),
                              verified.failures.end());
  measurement.refusals = verified.refusals;

  const Disturbance disturbed = disturbance(before, after, machine["cores"]);
  machine["steal_percent"] = disturbed.steal_percent;
  machine["other_processes"] = disturbed.other_processes;
  add_throttling(machine, quotas_before, cpu_quotas("/"));
  std::vector<std::string> warnings = machine_warnings(machine);
  std::ranges::move(program_warnings(references), std::back_inserter(warnings));
  if (!options.no_pin)
    std::ranges::move(pinning_warnings(measurement, plan.cpu, not_pinned), std::back_inserter(warnings));
  std::ranges::move(measuring_warnings(measurement, plan, disturbed), std::back_inserter(warnings));

  const ordered_json probe = probe_json(measurement, disturbed_ratios(rows, measurement, baseline));
  const std::string of_the_probe = probe["text"];
  if (!of_the_probe.empty()) warnings.push_back(of_the_probe);

  const ordered_json document =
      results_document(measurement, plan, probe, references, libraries, machine, warnings);
  const std::string unwritten = files->write(document);
  if (interrupted()) say(interruption_text(measurement, plan));

  if (options.json) fmt::print("{}\n", json_text(document, 1));
  if (!options.json && !options.quiet) {
    print_report(Analysis(rows, measurement), libraries, baseline);
    print_refusals(measurement.refusals);
    for (const std::string& warning : warnings)
      fmt::print("{} {}\n", emphasized("warning:", Emphasis::bold), warning);
    fmt::print("\n{}\n", stopping_text(measurement, plan));
    if (unwritten.empty()) fmt::print("Results: {}\n", files->in_words());
  }
  if (!unwritten.empty()) throw Failure(unwritten);
  return measurement.failures.empty() ? exit_fine : exit_failure;
}

} // namespace dispatchbench
