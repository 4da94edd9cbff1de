#include "comparing/report.h"

#include "system/terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace dispatchbench {
namespace {

/// Log-ratio to a change in per cent.
double percent(double log_ratio) { return 100 * std::expm1(log_ratio); }

std::string change(double log_ratio) { return fmt::format("{:+.2f} %", percent(log_ratio)); }

std::string change_interval(const Interval& interval) {
  if (!interval.exists()) return "no interval";
  return fmt::format("[{:+.2f} {:+.2f}]", percent(interval.low), percent(interval.high));
}

bool measured(const RowVerdict& row) { return row.first.cpu.used > 0; }

/// "+2.00 % [+1.80 +2.20]".
std::string cpu_change(const RowVerdict& row) {
  const Interval& interval = row.first.cpu.interval;
  return measured(row) ? change(interval.estimate) + ' ' + change_interval(interval) : "-";
}

std::string visible(const RowVerdict& row) {
  if (!row.smallest_visible) return "-";
  if (!std::isfinite(*row.smallest_visible)) return "> 50 %";
  return fmt::format("{:.1f} %", 100 * *row.smallest_visible);
}

/// "40 pairs" or "16 to 40 pairs", over the rows that were measured.
std::string pairs_range(const std::vector<RowVerdict>& rows) {
  std::size_t fewest = SIZE_MAX;
  std::size_t most = 0;
  for (const RowVerdict& row : rows) {
    if (!measured(row)) continue;
    fewest = std::min(fewest, row.first.pairs.size());
    most = std::max(most, row.first.pairs.size());
  }
  if (most == 0) return "no pairs";
  return fewest == most ? fmt::format("{} pairs", most) : fmt::format("{} to {} pairs", fewest, most);
}

std::size_t rows_measured(const ComparisonReport& report) {
  return static_cast<std::size_t>(std::count_if(report.rows.begin(), report.rows.end(), measured));
}

bool has_engine(const ComparisonReport& report) {
  const auto is_of_engine = [](const ComparedSide& side) {
    return !side.layouts.empty() && side.layouts.front().engine;
  };
  return is_of_engine(report.baseline) || is_of_engine(report.candidate);
}

/// The heading of the time that decides.
const char* time_heading(const ComparisonReport& report) { return has_engine(report) ? "time" : "CPU time"; }

/// How it was measured and judged, in a sentence.
std::string method(const ComparisonReport& report) {
  const std::size_t rows = rows_measured(report);
  if (rows == 0) return "Nothing had to be timed.";
  const std::string rounds =
      report.plan.rounds > 0 ? fmt::format(", {} rounds each", report.plan.rounds) : ", from a results file";
  std::string text = fmt::format(
      "{} of processes{}; CPU time{}; {:g} % intervals over {}, corrected for {} "
      "row{} and {} analys{}; margin "
      "{:.2f} %",
      pairs_range(report.rows), rounds, has_engine(report) ? " (engines: wall time)" : "",
      100 * (1 - report.plan.error),
      report.baseline.layouts.size() > 1 || report.candidate.layouts.size() > 1 ? "pairs of layouts"
                                                                                : "pairs",
      rows, rows == 1 ? "" : "s", report.plan.analyses.size(), report.plan.analyses.size() == 1 ? "is" : "es",
      100 * report.plan.margin);
  if (report.floor > 0) text += fmt::format(" (A/A floor of this machine {:.2f} %)", 100 * report.floor);
  return text + '.';
}

std::string side_line(const char* name, const ComparedSide& side) {
  if (side.layouts.empty()) return fmt::format("{}: {}", name, side.label);
  const LibraryDescription& library = side.layouts.front();
  const std::string layouts =
      side.layouts.size() > 1 ? fmt::format(", {} layouts", side.layouts.size()) : std::string();
  return fmt::format("{}: {} ({} {}, {}{}, {})", name, side.label, library.compiler, library.compiler_version,
                     library.target, layouts, library.file.path.string());
}

Emphasis emphasis(Verdict verdict) {
  switch (verdict) {
  case Verdict::regressed:
  case Verdict::not_comparable: return Emphasis::bad;
  case Verdict::improved: return Emphasis::good;
  case Verdict::unchanged: return Emphasis::bold;
  case Verdict::not_resolved: return Emphasis::faint;
  }
  return Emphasis::bold;
}

/// Text for Markdown's table cells and XML's attributes and contents.
std::string replaced(const std::string& text,
                     std::initializer_list<std::pair<char, const char*>> replacements) {
  std::string result;
  for (const char character : text) {
    const auto* const at = std::find_if(replacements.begin(), replacements.end(),
                                        [&](const auto& pair) { return pair.first == character; });
    if (at == replacements.end())
      result += character;
    else
      result += at->second;
  }
  return result;
}

std::string cell(const std::string& text) {
  return replaced(text, {{'|', "\\|"}, {'\n', " "}, {'<', "&lt;"}});
}

std::string xml(const std::string& text) {
  std::string printable;
  for (const char character : text)
    if (static_cast<unsigned char>(character) >= 0x20 || character == '\n' || character == '\t')
      printable += character;
  return replaced(printable,
                  {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\n', "&#10;"}});
}

std::string markdown_table(const std::vector<const RowVerdict*>& rows, const char* time) {
  std::string text = fmt::format("| row | {}, candidate against baseline | wall time | verdict | why |\n"
                                 "| --- | ---: | ---: | --- | --- |\n",
                                 time);
  for (const RowVerdict* row : rows) {
    const bool has_times = measured(*row);
    text += fmt::format("| `{}` | {} | {} | {} | {} |\n", cell(row->row.name()),
                        has_times ? cpu_change(*row) : "", has_times ? change(row->first.wall.estimate) : "",
                        name_of(row->verdict), cell(row->reason));
  }
  return text;
}

/// The verdict, or that there is none.
std::string headline(const ComparisonReport& report) {
  if (!report.interrupted) return name_of(report.verdict);
  // Without all rows and their second runs, nothing but a finding stands.
  return report.verdict == Verdict::regressed || report.verdict == Verdict::not_comparable
             ? fmt::format("{}, as far as it came: interrupted", name_of(report.verdict))
             : "undecided: interrupted";
}

/// Counts in words: "1 regressed, 3 unchanged".
std::string counts(const std::vector<RowVerdict>& rows) {
  std::string text;
  for (const Verdict verdict : {Verdict::not_comparable, Verdict::regressed, Verdict::improved,
                                Verdict::not_resolved, Verdict::unchanged}) {
    const auto count = std::count_if(rows.begin(), rows.end(),
                                     [&](const RowVerdict& row) { return row.verdict == verdict; });
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name_of(verdict));
  }
  return text;
}

} // namespace

std::string comparison_table(const ComparisonReport& report) {
  std::string text = side_line("baseline ", report.baseline) + '\n' +
                     side_line("candidate", report.candidate) + '\n' + method(report) + '\n';
  std::size_t width = 26; // Of the heading.
  std::size_t change_width = 8;
  for (const RowVerdict& row : report.rows) {
    width = std::max(width, row.row.name().size());
    change_width = std::max(change_width, cpu_change(row).size());
  }
  text += emphasized(fmt::format("  {:<{}}  {:>{}}  {:>9}  {:>8}  {}", "candidate against baseline", width,
                                 time_heading(report), change_width, "wall", "visible", "verdict"),
                     Emphasis::bold) +
          '\n';
  std::size_t skipped = 0;
  for (const RowVerdict& row : report.rows) {
    const bool has_times = measured(row);
    if (!has_times && row.verdict == Verdict::unchanged) {
      ++skipped;
      continue;
    }
    text += fmt::format("  {:<{}}  {:>{}}  {:>9}  {:>8}  {}: {}\n", row.row.name(), width, cpu_change(row),
                        change_width, has_times ? change(row.first.wall.estimate) : "-", visible(row),
                        emphasized(name_of(row.verdict), emphasis(row.verdict)), row.reason);
  }
  if (rows_measured(report) > 0)
    text +=
        "  visible: the smallest slow-down that 95 of 100 such comparisons would find, second run included\n";
  if (skipped > 0)
    text += fmt::format("  {} row{} unchanged: the same machine code, not timed\n", skipped,
                        skipped == 1 ? "" : "s");
  for (const std::string& note : report.notes) text += "  note: " + note + '\n';
  text += fmt::format("{} ({}; {:.0f} s)\n",
                      emphasized(fmt::format("overall: {}", headline(report)), emphasis(report.verdict)),
                      counts(report.rows), report.seconds);
  return text;
}

std::string comparison_markdown(const ComparisonReport& report) {
  std::string text = fmt::format("### dispatchbench: {} ({})\n\n`{}` against `{}`. {}\n\n", headline(report),
                                 counts(report.rows), cell(report.candidate.label),
                                 cell(report.baseline.label), method(report));
  std::vector<const RowVerdict*> notable, others;
  for (const RowVerdict& row : report.rows)
    (row.verdict == Verdict::unchanged || row.verdict == Verdict::not_resolved ? others : notable)
        .push_back(&row);
  if (!notable.empty()) text += markdown_table(notable, time_heading(report)) + '\n';
  if (!others.empty())
    text += fmt::format("<details><summary>{} rows without a finding</summary>\n\n{}\n</details>\n\n",
                        others.size(), markdown_table(others, time_heading(report)));
  for (const std::string& note : report.notes) text += "- " + cell(note) + '\n';
  return text;
}

std::string comparison_junit(const ComparisonReport& report) {
  const auto count = [&](Verdict verdict) {
    return std::count_if(report.rows.begin(), report.rows.end(),
                         [&](const RowVerdict& row) { return row.verdict == verdict; });
  };
  const std::string totals =
      fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3f}\"",
                  report.rows.size(), count(Verdict::regressed), count(Verdict::not_comparable),
                  count(Verdict::not_resolved), report.seconds);
  std::string text = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                                 "<testsuites name=\"dispatchbench compare\" {}>\n"
                                 "  <testsuite name=\"{} against {}\" {}>\n",
                                 totals, xml(report.candidate.label), xml(report.baseline.label), totals);
  for (const RowVerdict& row : report.rows) {
    const std::string backends = row.row.name().substr(row.row.workload.size() + 1);
    text += fmt::format("    <testcase classname=\"dispatchbench.{}\" name=\"{}\" time=\"0\">\n",
                        xml(backends), xml(row.row.workload));
    const std::string message = xml((measured(row) ? cpu_change(row) + ": " : std::string()) + row.reason);
    switch (row.verdict) {
    case Verdict::regressed:
      text += fmt::format("      <failure type=\"regressed\" message=\"{}\"/>\n", message);
      break;
    case Verdict::not_comparable:
      text += fmt::format("      <error type=\"not comparable\" message=\"{}\"/>\n", message);
      break;
    case Verdict::not_resolved: text += fmt::format("      <skipped message=\"{}\"/>\n", message); break;
    case Verdict::improved:
    case Verdict::unchanged:
      text += fmt::format("      <system-out>{}: {}</system-out>\n", name_of(row.verdict), message);
      break;
    }
    text += "    </testcase>\n";
  }
  return text + "  </testsuite>\n</testsuites>\n";
}

} // namespace dispatchbench
