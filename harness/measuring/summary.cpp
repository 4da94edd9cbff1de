#include "measuring/summary.h"

#include "measuring/ranking.h"
#include "system/terminal.h"
#include "system/text_layout.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace dispatchbench {
namespace {

using Libraries = std::vector<AuditedLibrary>;

constexpr std::size_t most_named = 5; ///< Of more of a kind the others are counted.

/// "a, b, c and 3 more".
std::string list_of(const std::vector<std::string>& names) {
  const std::size_t shown = std::min(names.size(), most_named);
  std::string text =
      fmt::format("{}", fmt::join(names.begin(), names.begin() + static_cast<long>(shown), ", "));
  if (names.size() > shown) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

std::string counted(std::size_t number, const std::string& noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

/// What the ratios of the table are, and over how many workloads.
std::string heading(const Analysis& analysis, const Libraries& libraries, const Baseline& baseline) {
  std::vector<Competitor> all;
  for (const AuditedLibrary& each : libraries)
    for (const Competitor& competitor : analysis.competitors(each.library->label()))
      all.push_back(competitor);
  const std::string relative_to = baseline.library ? baseline.backend + '/' + *baseline.library
                                                   : baseline.backend + " of the same library";
  return fmt::format("geometric mean, over {}, of the time relative to {}; below 1 is faster",
                     counted(measured_workloads(analysis, all), "workload"), relative_to);
}

/// Whether ratios of different libraries are relative to the same code; empty if one baseline serves all.
std::string comparability(const Analysis& analysis, const Libraries& libraries, const Baseline& baseline) {
  std::set<std::optional<std::string>> hashes;
  std::size_t having = 0;
  for (const AuditedLibrary& each : libraries)
    if (own_baseline(analysis, each.library->label(), baseline)) {
      ++having;
      hashes.insert(each.audit->code_hash(baseline.backend));
    }
  if (baseline.library || having < 2) return {};
  const std::string where = having == libraries.size() ? fmt::format("all {} libraries", having)
                                                       : fmt::format("the {} libraries that have it", having);
  if (hashes.contains(std::nullopt))
    return fmt::format("Whether {} is the same machine code in {} isn't known: compare ratios within a row.",
                       baseline.backend, where);
  if (hashes.size() == 1)
    return fmt::format("{} is the same machine code in {}: ratios of different rows can be compared.",
                       baseline.backend, where);
  return fmt::format(
      "{} is {} different machine codes in {}: compare ratios within a row, or choose one baseline "
      "for all with --baseline BACKEND/LABEL.",
      baseline.backend, hashes.size(), where);
}

/// The libraries without a ratio, and why.
std::string without_baseline(const Analysis& analysis, const Libraries& libraries, const Baseline& baseline) {
  std::map<std::string, std::vector<std::string>> by_reason;
  for (const AuditedLibrary& each : libraries) {
    const LibraryDescription& library = *each.library;
    if (own_baseline(analysis, library.label(), baseline)) continue;
    const bool has_it = library.find(baseline.backend) != nullptr;
    by_reason[has_it
                  ? fmt::format("{} wasn't measured there", baseline.backend)
                  : fmt::format("no {} there ({})", baseline.backend, library.why_missing(baseline.backend))]
        .push_back(library.label());
  }
  std::vector<std::string> reasons;
  for (const auto& [reason, labels] : by_reason)
    reasons.push_back(fmt::format("{}: {}", list_of(labels), reason));
  if (reasons.empty()) return {};
  return fmt::format("No ratios for {}. With --baseline BACKEND/LABEL all have one.", list_of(reasons));
}

/// Who leads, and how much of the order is resolved.
std::string ranking_summary(const Analysis& analysis, const Libraries& libraries, const Baseline& baseline,
                            std::size_t columns) {
  std::vector<Competitor> all;
  for (const AuditedLibrary& each : libraries)
    for (const Competitor& competitor : analysis.competitors(each.library->label()))
      all.push_back(competitor);
  const Ranking ranking = rank(analysis, all, known_code(libraries));
  const std::vector<Competitor>& order = ranking.fastest_first;
  if (order.empty()) return {};
  const bool with_library = libraries.size() > 1;
  const auto name = [&](const Competitor& each) { return with_library ? each.name() : each.backend; };
  std::string text = wrapped(order_text(ranking, most_named, with_library), columns, 2);
  const Competitor& first = order.front();
  const Competitor rival = ranking.rival(own_baseline(analysis, first.library, baseline));
  if (const auto lead = analysis.mean_ratio(first, rival))
    text +=
        wrapped(fmt::format("{} takes {} {}.", name(first), times_as_long(*lead), name(rival)), columns, 4);
  const std::size_t tied = ranking.tied_with_first.size();
  const std::size_t unresolved = ranking.tied_neighbours.size();
  if (tied + unresolved > 0) {
    std::string sentence = "not resolved:";
    if (tied > 0)
      sentence +=
          fmt::format(" which of the first and {} more is fastest", tied == 1 ? "one" : std::to_string(tied));
    if (unresolved > 0)
      sentence += fmt::format("{} {} of the other {}", tied > 0 ? ";" : "", unresolved,
                              counted(order.size() - 2, "pair") + " of neighbours");
    text += wrapped(sentence + " (intervals that contain 1).", columns, 4);
  }
  return text;
}

/// "20 rows failed: tail_call/x on 19 workloads, switch_loop/y on fib".
std::string problems(const std::vector<RowProblem>& rows, const char* verb) {
  if (rows.empty()) return {};
  std::map<Competitor, std::vector<std::string>> workloads;
  for (const RowProblem& row : rows) workloads[row.competitor].push_back(row.workload);
  std::vector<std::string> names;
  for (const auto& [competitor, of_it] : workloads)
    names.push_back(fmt::format("{} on {}", competitor.name(),
                                of_it.size() == 1 ? of_it.front() : counted(of_it.size(), "workload")));
  return fmt::format("{} {}: {}.", counted(rows.size(), "row"), verb, list_of(names));
}

/// "unavailable: tail_call in 10 of 17 libraries".
std::string unavailable(const Libraries& libraries) {
  std::vector<std::pair<std::string, std::size_t>> counts;
  for (const AuditedLibrary& each : libraries)
    for (const auto& backend : each.library->unavailable) {
      const auto at = std::find_if(counts.begin(), counts.end(),
                                   [&](const auto& count) { return count.first == backend.name; });
      if (at == counts.end())
        counts.emplace_back(backend.name, 1);
      else
        ++at->second;
    }
  if (counts.empty()) return {};
  std::vector<std::string> names;
  for (const auto& [name, count] : counts)
    names.push_back(count == libraries.size() ? fmt::format("{} everywhere", name)
                                              : fmt::format("{} in {}", name, count));
  return fmt::format("unavailable, of {}: {}; list says why.",
                     libraries.size() == 1 ? "one library" : fmt::format("{} libraries", libraries.size()),
                     list_of(names));
}

/// Libraries whose machine code isn't known at all.
std::string not_audited(const Libraries& libraries) {
  std::vector<std::string> labels;
  for (const AuditedLibrary& each : libraries)
    if (!each.audit->problem.empty()) labels.push_back(each.library->label());
  if (labels.empty()) return {};
  return fmt::format("machine code not audited: {}; verify --codegen says why.", list_of(labels));
}

} // namespace

std::string run_summary(const Analysis& analysis, const Measurement& measurement, const Libraries& libraries,
                        const Baseline& asked, std::size_t columns) {
  const Baseline baseline = analysis.measured_baseline(asked);
  std::string text = wrapped(heading(analysis, libraries, baseline), columns, 0);
  const auto add = [&](const std::string& sentence) {
    if (!sentence.empty()) text += wrapped(sentence, columns, 2);
  };
  add(comparability(analysis, libraries, baseline));
  text += mean_matrix(analysis, libraries, baseline, columns);
  add(without_baseline(analysis, libraries, baseline));
  text += ranking_summary(analysis, libraries, baseline, columns);
  add(problems(measurement.failures, "failed"));
  add(problems(measurement.refusals, "refused"));
  add(unavailable(libraries));
  add(not_audited(libraries));
  return text;
}

} // namespace dispatchbench
