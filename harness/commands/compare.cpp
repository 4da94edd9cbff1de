#include "commands/commands.h"
#include "commands/compare_floor.h"
#include "commands/compare_recorded.h"
#include "commands/compare_subject.h"
#include "commands/comparison_files.h"
#include "commands/selection.h"
#include "comparing/floor.h"
#include "comparing/report.h"
#include "measuring/pinning_report.h"
#include "sampling/verification.h"
#include "system/affinity.h"
#include "system/environment.h"
#include "system/errors.h"
#include "system/interruption.h"
#include "system/output_file.h"
#include "system/terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <optional>

namespace dispatchbench {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// Every row, those that can't or needn't be measured with their verdict.
struct CheckedRows {
  std::vector<RowVerdict> rows;
  std::vector<std::size_t> to_measure; ///< Indices into `rows`.
};

/// What keeps a row from being measured on either side, in any layout; nothing if it agrees with the
/// reference.
std::optional<std::string> problem_of(const ComparedRow& row, const ComparisonSubject& subject,
                                      Verifier& verifier) {
  for (const Side side : {Side::baseline, Side::candidate})
    for (const LibraryDescription& library :
         (side == Side::baseline ? subject.baseline : subject.candidate).layouts) {
      const Verification found = verifier.verify({row.reference, &library, row.backend(side)});
      if (found.problem) return fmt::format("{}: {}", name_of(side), *found.problem);
      if (found.refusal) return fmt::format("{}: refused: {}", name_of(side), *found.refusal);
    }
  return std::nullopt;
}

/// With a slow-down added, or against a copy, the same code is what is to be measured.
bool skips_same_code(const Options& options) {
  return !options.comparison.aa && !options.comparison.inject_slowdown_percent;
}

CheckedRows check_rows(const ComparisonSubject& subject, const std::vector<ReferenceRun>& references,
                       const Options& options, Progress& progress) {
  const auto identical = skips_same_code(options) ? identical_backends(subject) : std::set<BackendPair>();

  CheckedRows checked;
  Verifier verifier(std::chrono::seconds(options.time_out), !options.no_cache);
  const double count = static_cast<double>(references.size() * subject.backends.size());
  for (const ReferenceRun& reference : references)
    for (const BackendPair& backends : subject.backends) {
      RowVerdict row;
      row.row = {reference.workload.name, backends.first, backends.second, &reference};
      progress.show("verifying " + row.row.name(), static_cast<double>(checked.rows.size()) / count);
      const auto problem = problem_of(row.row, subject, verifier);
      check_interrupted("verifying");
      if (problem) {
        row.verdict = Verdict::not_comparable;
        row.reason = *problem;
      } else if (identical.contains(backends)) {
        conclude_same_code(row);
      } else {
        checked.to_measure.push_back(checked.rows.size());
      }
      checked.rows.push_back(std::move(row));
    }
  progress.clear();
  return checked;
}

ComparisonPlan make_plan(const Options& options, const ComparisonSubject& subject,
                         const std::vector<ComparedRow>& rows, double floor, int cpu) {
  const ComparisonOptions& asked = options.comparison;
  ComparisonPlan plan;
  plan.margin = margin_of(asked, asked.aa ? 0 : floor);
  plan.seed = selected_seed(options);
  plan.cpu = cpu;
  plan.time_out = std::chrono::seconds(options.time_out);
  plan.added_share = asked.inject_slowdown_percent.value_or(0) / 100;
  if (rows.empty()) return plan;
  plan.run_nanoseconds = measure_run_times(rows, subject.baseline, subject.candidate, plan.cpu,
                                           plan.added_share != 0 ? 32 : 4, plan.time_out);
  check_interrupted("estimating");
  const Effort effort = options.fast ? Effort::fast : options.rigorous ? Effort::rigorous : Effort::usual;
  const std::size_t layouts = std::min(subject.baseline.layouts.size(), subject.candidate.layouts.size());
  keep_to_budget(plan, asked.pairs, asked.rounds, effort, layouts);
  check_resolvable(plan, rows.size(), layouts > 1 ? "layouts" : "pairs");
  return plan;
}

/// `trials` of --aa, each of which is a comparison of its own.
void print_plan(const ComparisonPlan& plan, std::size_t rows, std::optional<int> trials) {
  const int pairs = plan.analyses.empty() ? 0 : plan.analyses.back() * plan.pairs_per_unit;
  const double seconds = seconds_of_a_pair(plan) * pairs * trials.value_or(1);
  fmt::print(
      "{} row{} to measure{}: at most {} pairs of processes of {} rounds each; {} or less of processor "
      "time, and as much again if every row needs confirming. Margin {:g} %, seed {}.\n",
      rows, rows == 1 ? "" : "s",
      trials ? fmt::format(" in each of {} trial{}", *trials, *trials == 1 ? "" : "s") : "", pairs,
      plan.rounds, describe(std::chrono::seconds(static_cast<long>(std::ceil(seconds)))), 100 * plan.margin,
      plan.seed);
}

/// What can't even be started: another ABI, no library. There is nothing for a table.
int not_comparable(const Failure& failure, const Options& options, ComparisonFiles& files) {
  ComparisonReport report;
  report.verdict = Verdict::not_comparable;
  report.machine = describe_machine(-1);
  report.notes.emplace_back(failure.what());
  say(fmt::format("not comparable: {}", failure.what()));
  if (!options.json && !options.quiet) fmt::print("overall: {}\n", name_of(report.verdict));
  write_outputs(report, options, files, false);
  return exit_failure;
}

} // namespace

int compare_command(const Options& options) {
  const ComparisonOptions& asked = options.comparison;
  const Clock::time_point start = Clock::now();
  if (asked.results.empty()) check_compare_usage(options);
  const fs::path floor_file = asked.floor.empty() ? default_floor_file() : asked.floor;
  ComparisonFiles files(options.plan ? ComparisonOptions() : asked);
  std::optional<OutputFile> new_floor;
  if (asked.aa && !options.plan) new_floor.emplace(open_floor(floor_file));
  if (!asked.results.empty()) return compare_recorded(options, floor_file, files);
  ComparisonSubject subject;
  try {
    subject = make_subject(options);
  } catch (const Failure& failure) {
    return not_comparable(failure, options, files);
  }
  const std::vector<ReferenceRun> references = selected_references(options);

  ComparisonReport report;
  report.baseline = subject.baseline;
  report.candidate = subject.candidate;
  report.notes = subject.notes;
  if (skips_same_code(options)) std::ranges::copy(notes_on_audits(subject), std::back_inserter(report.notes));
  const int cpu = selected_cpu(options);
  const std::string not_pinned = why_not_pinned(options, cpu);
  report.machine = describe_machine(not_pinned.empty() ? cpu : -1);
  if (!not_pinned.empty()) report.notes.push_back(pinning_warning(cpu, not_pinned));
  if (std::string warning = kind_warning(report.machine); !warning.empty())
    report.notes.push_back(std::move(warning));
  report.floor = floor_of(report.machine, floor_file);
  if (!asked.aa) add_floor_note(report, floor_file);

  Progress progress(options.quiet);
  CheckedRows checked = check_rows(subject, references, options, progress);
  std::vector<ComparedRow> rows;
  for (const std::size_t row : checked.to_measure) rows.push_back(checked.rows[row].row);
  report.plan = make_plan(options, subject, rows, report.floor, cpu);
  if (options.plan) {
    print_plan(report.plan, rows.size(), asked.aa ? std::optional(asked.trials) : std::nullopt);
    return exit_fine;
  }
  // This process beside its children: it waits whenever one of them runs.
  if (not_pinned.empty() && report.plan.cpu >= 0) pin_to(report.plan.cpu);
  const std::vector<CpuQuota> quotas_before = cpu_quotas("/");
  if (asked.aa && rows.size() == checked.rows.size())
    return measure_floor(std::move(report), rows, *new_floor, options, files, progress);

  if (!rows.empty() && !asked.aa) {
    std::vector<RowVerdict> measured =
        compare_rows(rows, subject.baseline, subject.candidate, report.plan,
                     [&](double share, const std::string& what) { progress.show(what, share); });
    for (std::size_t i = 0; i < measured.size(); ++i)
      checked.rows[checked.to_measure[i]] = std::move(measured[i]);
  }
  progress.clear();
  add_throttling(report.machine, quotas_before, cpu_quotas("/"));
  if (std::string warning = quota_warning(report.machine); !warning.empty())
    report.notes.push_back(std::move(warning));
  report.interrupted = interrupted();
  if (report.interrupted)
    report.notes.emplace_back("interrupted: what was measured by then is kept; rows without enough pairs of "
                              "processes are undecided");
  report.rows = std::move(checked.rows);
  if (const std::string note = disturbance_note(report.rows); !note.empty()) report.notes.push_back(note);
  report.verdict = overall(report.rows);
  report.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  write_outputs(report, options, files);
  if (report.interrupted) say("interrupted: the comparison is undecided where there were too few pairs");
  return exit_code_of(report.verdict);
}

} // namespace dispatchbench
