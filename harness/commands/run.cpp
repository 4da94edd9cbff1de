#include "commands/baseline_choice.h"
#include "commands/benchmark_flags.h"
#include "commands/commands.h"
#include "commands/run_plan.h"
#include "commands/run_report.h"
#include "commands/selection.h"
#include "commands/verified_rows.h"
#include "measuring/pinning_report.h"
#include "measuring/probe_report.h"
#include "measuring/rankable.h"
#include "measuring/results.h"
#include "measuring/results_files.h"
#include "subjects/audit_file.h"
#include "subjects/build_file.h"
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
#include <iterator>
#include <optional>

namespace dispatchbench {
namespace {

using nlohmann::ordered_json;

/// The value of --benchmark_filter: a leading minus turns it round, as in Google Benchmark.
class RowFilter {
public:
  explicit RowFilter(const std::string& filter)
      : is_negative_(filter.starts_with('-')),
        expression_(compiled_expression("--benchmark_filter", is_negative_ ? filter.substr(1) : filter)) {}

  bool matches(const std::string& row) const { return std::regex_search(row, expression_) != is_negative_; }

private:
  bool is_negative_;
  std::regex expression_;
};

/// The rows to measure: of the chosen backends those that --benchmark_filter names.
std::vector<BenchmarkRow> selected_rows(const std::vector<ReferenceRun>& references,
                                        const std::vector<LibraryDescription>& libraries,
                                        const BackendChoice& choice, const std::string& filter) {
  std::vector<BenchmarkRow> rows = make_rows(references, libraries, choice);
  const std::size_t all = rows.size();
  const RowFilter row_filter(filter);
  std::erase_if(rows, [&](const BenchmarkRow& row) { return !row_filter.matches(row.name()); });
  if (!rows.empty()) return rows;
  std::vector<std::string> on_request = choice.left_on_request(libraries);
  std::erase_if(on_request, [&](const std::string& backend) {
    return std::none_of(libraries.begin(), libraries.end(), [&](const LibraryDescription& library) {
      return library.find(backend) != nullptr &&
             std::any_of(references.begin(), references.end(), [&](const ReferenceRun& reference) {
               return row_filter.matches(row_name(reference.workload.name, {backend, library.label()}));
             });
    });
  });
  throw UsageError(fmt::format("--benchmark_filter {}: matches none of the {} rows; {}", filter, all,
                               on_request.empty()
                                   ? "rows are named workload/backend/library, see --benchmark_list_tests"
                                   : on_request_hint(on_request)));
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
  const BackendChoice choice = usual_backends(options);
  const std::vector<BenchmarkRow> rows = selected_rows(references, libraries, choice, flags.filter);
  if (flags.list) {
    for (const BenchmarkRow& row : rows) fmt::print("{}\n", row.name());
    return exit_fine;
  }
  const bool baseline_is_asked_for = options.given.contains("--baseline");
  if (baseline_is_asked_for) check_baseline(baseline, rows, libraries, choice);
  const MeasurementPlan plan = make_plan(options, flags);
  std::optional<ResultsFiles> files;
  if (!options.plan) files.emplace(options.output);
  const std::string not_pinned = why_not_pinned(options, plan.cpu);
  ordered_json machine = describe_machine(not_pinned.empty() ? plan.cpu : -1);

  Progress progress(options.quiet);
  Verified verified = verify_rows(rows, options, progress);
  refuse_too_short(verified.rows, verified.refusals, std::chrono::seconds(options.time_out));
  check_interrupted("verifying");
  say_failures(verified.failures, "it isn't measured");
  if (verified.rows.empty()) throw Failure(why_nothing_is_measured(verified));
  if (baseline_is_asked_for) check_baseline(baseline, verified.rows, libraries, choice);
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
  const Analysis analysis(rows, measurement);
  const Baseline measured_baseline = analysis.measured_baseline(baseline);
  measurement.stopping.baseline = measured_baseline.name();

  const Disturbance disturbed = disturbance(before, after, machine["cores"]);
  machine["steal_percent"] = disturbed.steal_percent;
  machine["other_processes"] = disturbed.other_processes;
  add_throttling(machine, quotas_before, cpu_quotas("/"));
  std::vector<std::string> warnings = machine_warnings(machine);
  std::ranges::move(program_warnings(references), std::back_inserter(warnings));
  std::ranges::move(build_problems(libraries), std::back_inserter(warnings));
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
  if (!options.json && !options.quiet)
    print_run_report(options, analysis, measurement, plan, libraries, measured_baseline, warnings,
                     unwritten.empty() ? files->in_words() : "");
  if (!unwritten.empty()) throw Failure(unwritten);
  return measurement.failures.empty() ? exit_fine : exit_failure;
}

} // namespace dispatchbench
