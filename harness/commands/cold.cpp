#include "commands/baseline_choice.h"
#include "commands/commands.h"
#include "commands/selection.h"
#include "commands/verified_rows.h"
#include "measuring/cold_report.h"
#include "measuring/pinning_report.h"
#include "subjects/build_file.h"
#include "subjects/program_warnings.h"
#include "system/environment.h"
#include "system/errors.h"
#include "system/interruption.h"
#include "system/json_text.h"
#include "system/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace dispatchbench {
namespace {

using nlohmann::ordered_json;

constexpr int usual_processes = 10;

/// By workload. Throws Failure if no program has any.
std::map<std::string, std::vector<ColdMark>> marks_of(const std::vector<ReferenceRun>& references,
                                                      std::uint64_t max_instructions) {
  std::map<std::string, std::vector<ColdMark>> marks;
  bool any = false;
  for (const ReferenceRun& reference : references) {
    std::vector<ColdMark> found = cold_marks(reference.workload, max_instructions);
    any = any || !found.empty();
    marks[reference.workload.name] = std::move(found);
  }
  if (!any)
    throw Failure("no program writes to a device near its 10^4th, 10^5th or 10^6th instruction, so there is "
                  "nothing to see a cold start by; expected one within a factor of 1.5");
  return marks;
}

/// Leaves out the rows of programs without a mark, and says so.
void keep_marked(std::vector<BenchmarkRow>& rows, const std::map<std::string, std::vector<ColdMark>>& marks,
                 std::vector<std::string>& warnings) {
  std::string without;
  for (const auto& [workload, found] : marks)
    if (found.empty()) without += (without.empty() ? "" : ", ") + workload;
  std::erase_if(rows, [&](const BenchmarkRow& row) { return marks.at(row.workload().name).empty(); });
  if (!without.empty())
    warnings.push_back(fmt::format(
        "left out, since they write to no device near their 10^4th, 10^5th or 10^6th instruction: {}",
        without));
}

} // namespace

int cold_command(const Options& options) {
  const Baseline baseline = parse_baseline(options.baseline);
  const std::vector<LibraryDescription> libraries = selected_libraries(options);
  const std::vector<ReferenceRun> references = selected_references(options);
  const BackendChoice choice = usual_backends(options);
  const std::vector<BenchmarkRow> rows = make_rows(references, libraries, choice);
  check_baseline(baseline, rows, libraries, choice);
  const std::map<std::string, std::vector<ColdMark>> marks = marks_of(references, options.max_instructions);
  const OutputFile file(options.cold_output, "--output");
  ColdPlan plan;
  plan.processes = options.processes != 0 ? options.processes : usual_processes;
  plan.seed = selected_seed(options);
  plan.cpu = selected_cpu(options);
  plan.time_out = std::chrono::seconds(options.time_out);
  const std::string not_pinned = why_not_pinned(options, plan.cpu);
  const ordered_json machine = describe_machine(not_pinned.empty() ? plan.cpu : -1);
  std::vector<std::string> warnings = machine_warnings(machine);
  std::ranges::move(program_warnings(references), std::back_inserter(warnings));
  std::ranges::move(build_problems(libraries), std::back_inserter(warnings));
  if (!not_pinned.empty()) warnings.push_back(pinning_warning(plan.cpu, not_pinned));

  Progress progress(options.quiet);
  Verified verified = verify_rows(rows, options, progress);
  say_failures(verified.failures, "it isn't measured");
  keep_marked(verified.rows, marks, warnings);
  if (verified.rows.empty()) throw Failure(why_nothing_is_measured(verified));
  check_baseline(baseline, verified.rows, libraries, choice);

  ColdMeasurement measurement = measure_cold(verified.rows, marks, plan, [&](double share) {
    progress.show(fmt::format("starting {} rows cold", verified.rows.size()), share);
  });
  progress.clear();
  if (measurement.processes == 0 && interrupted())
    throw Interrupted("interrupted before each row had one process; there is nothing to keep");
  say_failures(measurement.failures, "the row is left out");
  measurement.failures.insert(measurement.failures.begin(), verified.failures.begin(),
                              verified.failures.end());
  const ordered_json document = cold_document(measurement, plan, libraries, machine, baseline, warnings);
  const std::string text = json_text(document, 1) + '\n';
  if (interrupted())
    say(fmt::format("interrupted after {} of {} processes: the results cover these", measurement.processes,
                    plan.processes));
  if (options.json) fmt::print("{}", text);
  if (!options.json && !options.quiet) {
    fmt::print("{}", cold_tables(measurement, libraries, baseline));
    print_refusals(verified.refusals);
    print_warnings(warnings);
  }
  file.write(text);
  if (!options.json && !options.quiet) fmt::print("Results: {}\n", as_one_line(file.path().string()));
  return measurement.failures.empty() ? exit_fine : exit_failure;
}

} // namespace dispatchbench
