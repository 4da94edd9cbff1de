#include "commands/compare_floor.h"

#include "comparing/aa.h"
#include "comparing/floor.h"
#include "system/errors.h"
#include "system/interruption.h"
#include "system/json_text.h"
#include "system/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace dispatchbench {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

double floor_of(const ordered_json& machine, const fs::path& floor_file) {
  const std::optional<MachineFloor> floor = read_floor(floor_file, machine.at("fingerprint"));
  return floor ? floor->floor : 0;
}

void add_floor_note(ComparisonReport& report, const fs::path& floor_file) {
  if (std::string note = floor_note(floor_file, report.machine); !note.empty())
    report.notes.push_back(std::move(note));
}

double margin_of(const ComparisonOptions& asked, double floor) {
  return std::max(asked.margin_percent / 100, floor);
}

int measure_floor(ComparisonReport report, const std::vector<ComparedRow>& rows, const OutputFile& floor_file,
                  const Options& options, ComparisonFiles& files, Progress& progress) {
  const int trials = options.comparison.trials;
  std::vector<std::vector<RowVerdict>> outcomes;
  ordered_json documents = ordered_json::array();
  for (int trial = 0; trial < trials && !interrupted(); ++trial) {
    ComparisonPlan plan = report.plan;
    plan.seed += static_cast<std::uint64_t>(trial);
    std::vector<RowVerdict> outcome = compare_rows(
        rows, report.baseline, report.candidate, plan, [&](double share, const std::string& what) {
          progress.show(fmt::format("trial {} of {}, {}", trial + 1, trials, what), (trial + share) / trials);
        });
    if (interrupted()) break;
    report.rows = outcome;
    report.verdict = overall(outcome);
    if (report.verdict == Verdict::not_comparable) {
      progress.clear();
      write_outputs(report, options, files);
      return exit_failure;
    }
    documents.push_back(comparison_json(report));
    outcomes.push_back(std::move(outcome));
  }
  progress.clear();
  if (outcomes.empty()) throw Interrupted("interrupted before the first trial was complete; nothing to keep");
  const AaSummary summary = summarize_aa(outcomes, report.plan);
  const ordered_json document{{"schema", 1},
                              {"kind", "aa"},
                              {"interrupted", interrupted()},
                              {"floor", summary.floor},
                              {"false_alarms", summary.false_alarms},
                              {"trials", std::move(documents)}};
  const std::string json = json_text(document, 1) + '\n';
  if (options.json)
    fmt::print("{}", json);
  else if (!options.quiet)
    fmt::print("{}", aa_table(summary, report.plan));
  files.write_output(json);
  if (interrupted()) {
    say(fmt::format(
        "interrupted after {} of {} trials: the table covers these; the floor of fewer trials than "
        "asked for isn't stored",
        summary.trials, trials));
  } else {
    files.write([&] {
      write_floor(floor_file, report.machine.at("fingerprint"),
                  {summary.floor, summary.smallest_visible, summary.trials, summary.false_alarms});
      if (!options.json && !options.quiet)
        fmt::print("  Stored in {}.\n", as_one_line(floor_file.path().string()));
    });
  }
  files.check_written();
  return exit_fine;
}

} // namespace dispatchbench
