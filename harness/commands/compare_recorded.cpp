#include "commands/compare_recorded.h"

#include "commands/compare_floor.h"
#include "commands/compare_subject.h"
#include "comparing/recorded_runs.h"
#include "system/errors.h"

#include <fmt/format.h>

#include <optional>

namespace dispatchbench {

int compare_recorded(const Options& options, const std::filesystem::path& floor_file,
                     ComparisonFiles& files) {
  const ComparisonOptions& asked = options.comparison;
  if (asked.aa || !asked.base_backend.empty() || !asked.head_backend.empty() || !options.libraries.empty())
    throw UsageError("--results compares two labels: leave --aa, --library, --base-backend and "
                     "--head-backend out");
  refuse_useless(options, "--results measures nothing, and",
                 {"--pairs", "--rounds", "--seed", "--cpu", "--no-pin", "--fast", "--rigorous", "--plan",
                  "--no-cache", "--time-out", "--trials", "--rom", "--input", "--arg", "--frames", "--all",
                  "--workloads", "--max-instructions", "--inject-slowdown"});
  if (asked.base.size() != 1 || asked.head.size() != 1 || asked.base == asked.head)
    throw UsageError("--results needs --base LABEL and --head LABEL, two libraries of the file");
  if (asked.results.size() > 2)
    throw UsageError(fmt::format("--results is given {} times; expected one file, or two of which the second "
                                 "confirms",
                                 asked.results.size()));
  const RecordedRun first = read_recorded_run(asked.results.front(), asked.base.front(), asked.head.front());
  std::optional<RecordedRun> second;
  if (asked.results.size() == 2) {
    second = read_recorded_run(asked.results.back(), asked.base.front(), asked.head.front());
    check_confirms(first, *second);
  }
  ComparisonReport report;
  report.baseline = first.baseline;
  report.candidate = first.candidate;
  report.machine = first.machine;
  report.floor = floor_of(first.machine, floor_file);
  add_floor_note(report, floor_file);
  report.plan.margin = margin_of(asked, report.floor);
  report.rows = judge_recorded_runs(first, second ? &*second : nullptr, options.workload_filter,
                                    options.backend_filter, report.plan);
  report.verdict = overall(report.rows);
  report.notes.emplace_back(
      "run alternates libraries per process, compare per sample: comparing the libraries "
      "themselves detects smaller changes");
  if (!second)
    report.notes.emplace_back("one file alone can't confirm a change: name a second one with --results");
  write_outputs(report, options, files);
  return exit_code_of(report.verdict);
}

} // namespace dispatchbench
