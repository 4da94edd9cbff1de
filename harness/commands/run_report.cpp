#include "commands/run_report.h"

#include "commands/run_plan.h"
#include "commands/selection.h"
#include "commands/verified_rows.h"
#include "measuring/layout_report.h"
#include "measuring/summary.h"
#include "measuring/tables.h"
#include "system/interruption.h"
#include "system/terminal.h"
#include "system/text_layout.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace dispatchbench {
namespace {

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

/// Of a page of text that isn't a terminal, and of one that is wider than anyone reads.
constexpr std::size_t usual_columns = 120;

/// Of more libraries, all tables are several screens.
constexpr std::size_t most_libraries = 4;

std::vector<AuditedLibrary> audited_originals(const std::vector<LibraryDescription>& libraries) {
  std::vector<AuditedLibrary> found;
  for (const LibraryDescription& library : libraries)
    if (!library.is_layout_variant()) // The others are part of a layout report.
      found.push_back({&library, &read_audit(library)});
  return found;
}

/// Whether all tables are printed: if they are asked for, or there are few libraries and the terminal is wide
/// enough.
bool prints_full_tables(const Options& options, const Analysis& analysis,
                        const std::vector<AuditedLibrary>& libraries, const Baseline& baseline,
                        const std::optional<std::size_t>& columns) {
  if (options.full_tables) return true;
  return libraries.size() <= most_libraries &&
         std::all_of(libraries.begin(), libraries.end(), [&](const AuditedLibrary& each) {
           return !columns || tables_width(analysis, *each.library, baseline) <= *columns;
         });
}

void print_full_tables(const Analysis& analysis, const std::vector<AuditedLibrary>& libraries,
                       const Baseline& baseline) {
  const KnownCode code = known_code(libraries);
  for (const AuditedLibrary& each : libraries) {
    fmt::print("{}\n", library_report(analysis, each, code, baseline));
    if (const std::string text = layout_report(analysis, each.library->label(), baseline); !text.empty())
      fmt::print("{}\n", text);
  }
  fmt::print("{}", across_libraries(analysis, code, baseline));
}

void print_summary(const Analysis& analysis, const Measurement& measurement,
                   const std::vector<AuditedLibrary>& libraries, const Baseline& baseline,
                   const std::vector<std::string>& warnings, std::size_t columns) {
  fmt::print("{}", run_summary(analysis, measurement, libraries, baseline, columns));
  for (const std::string& warning : warnings) fmt::print("{}\n", shortened("warning: " + warning, columns));
}

/// "On request, not measured: switch_default (--all takes them)"; empty if nothing was left out.
std::string left_out(const Options& options, const std::vector<LibraryDescription>& libraries) {
  const std::vector<std::string> names = usual_backends(options).left_on_request(libraries);
  if (names.empty()) return {};
  return fmt::format("On request, not measured: {} (--all takes them).", fmt::join(names, ", "));
}

} // namespace

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

void print_run_report(const Options& options, const Analysis& analysis, const Measurement& measurement,
                      const MeasurementPlan& plan, const std::vector<LibraryDescription>& libraries,
                      const Baseline& baseline, const std::vector<std::string>& warnings,
                      const std::string& results) {
  const std::vector<AuditedLibrary> shown = audited_originals(libraries);
  const std::optional<std::size_t> terminal = terminal_columns();
  const std::size_t columns = std::min(terminal.value_or(usual_columns), usual_columns);
  const bool is_full = prints_full_tables(options, analysis, shown, baseline, terminal);
  const auto print = [&](const std::string& text) {
    fmt::print("{}", is_full ? text + '\n' : wrapped(text, columns, 0));
  };
  if (is_full) {
    print_full_tables(analysis, shown, baseline);
    print_refusals(measurement.refusals);
    for (const std::string& warning : warnings)
      fmt::print("{} {}\n", emphasized("warning:", Emphasis::bold), warning);
    fmt::print("\n");
  } else {
    print_summary(analysis, measurement, shown, baseline, warnings, columns);
  }
  if (const std::string text = left_out(options, libraries); !text.empty()) print(text);
  print(stopping_text(measurement, plan));
  if (!results.empty()) print("Results: " + results);
  if (!is_full)
    print("Each workload, every interval and reason is there, and in the tables, charts and page that "
          "dispatchbench_reports makes of it; --full-tables prints all tables here.");
}

} // namespace dispatchbench
