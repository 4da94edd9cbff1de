#include "measuring/tables.h"

#include "system/terminal.h"

#include <fmt/format.h>

#include <algorithm>

namespace dispatchbench {
namespace {

constexpr std::size_t name_width = 18;

std::string bracketed(const Interval& ratio) {
  if (!ratio.exists()) return fmt::format("{:.3f} no interval", ratio.estimate);
  return fmt::format("{:.3f} [{:.3f} {:.3f}]", ratio.estimate, ratio.low, ratio.high);
}

/// A ratio cell: green where it is resolved as faster, red where slower; `missing` where there is none.
std::string ratio_cell(const std::optional<Interval>& ratio, const std::string& missing, std::size_t width) {
  std::string text = fmt::format("{:>{}}", ratio ? bracketed(*ratio) : missing, width);
  if (!ratio || !ratio->excludes(1)) return text;
  return emphasized(text, ratio->estimate < 1 ? Emphasis::good : Emphasis::bad);
}

std::string header(const std::vector<Competitor>& competitors, std::size_t width) {
  std::string line = fmt::format("  {:<{}}", "", name_width);
  for (const Competitor& competitor : competitors) line += fmt::format("  {:>{}}", competitor.backend, width);
  return emphasized(line, Emphasis::bold) + '\n';
}

constexpr std::size_t absolute_width = 7; ///< Of a column, at least.
constexpr std::size_t ratio_width = 19;

std::size_t widest(const std::vector<Competitor>& competitors, std::size_t at_least) {
  for (const Competitor& competitor : competitors) at_least = std::max(at_least, competitor.backend.size());
  return at_least;
}

std::string absolute_table(const Analysis& analysis, const std::vector<Competitor>& competitors,
                           const char* clock) {
  const std::size_t width = widest(competitors, absolute_width);
  std::string text =
      fmt::format("  ns per VM instruction ({}; median of processes)\n{}", clock, header(competitors, width));
  for (const std::string& workload : analysis.workloads()) {
    text += fmt::format("  {:<{}}", workload, name_width);
    for (const Competitor& competitor : competitors) {
      const auto value = analysis.nanoseconds_per_instruction(workload, competitor);
      text += fmt::format(
          "  {:>{}}", value ? fmt::format("{:.3f}", *value) : analysis.missing(workload, competitor), width);
    }
    text += '\n';
  }
  return text;
}

std::string ratio_table(const Analysis& analysis, const std::vector<Competitor>& all,
                        const Competitor& baseline) {
  std::vector<Competitor> competitors = all;
  std::erase(competitors, baseline);
  if (competitors.empty()) return {};
  const std::size_t width = widest(competitors, ratio_width);
  // Another library's backend is named in full: this library doesn't have it.
  const std::string named =
      baseline.library == competitors.front().library ? baseline.backend : baseline.name();
  std::string text =
      fmt::format("\n  time relative to {} [95 % interval over processes]; below 1 is faster\n{}", named,
                  header(competitors, width));
  for (const std::string& workload : analysis.workloads()) {
    text += fmt::format("  {:<{}}", workload, name_width);
    for (const Competitor& competitor : competitors)
      text += "  " + ratio_cell(analysis.ratio(workload, competitor, baseline),
                                analysis.missing(workload, competitor), width);
    text += '\n';
  }
  text += emphasized(fmt::format("  {:<{}}", "geometric mean", name_width), Emphasis::bold);
  for (const Competitor& competitor : competitors)
    text += "  " + ratio_cell(analysis.mean_ratio(competitor, baseline), "-", width);
  text += '\n';
  const std::size_t measured = measured_workloads(analysis, all);
  for (const Competitor& competitor : competitors) {
    const std::size_t compared = analysis.compared_workloads(competitor, baseline);
    if (compared == 0 || compared == measured) continue;
    const bool is_complete = measured_workloads(analysis, {competitor}) == measured;
    text += fmt::format(
        "  the mean of {} covers {} of {} workloads, {}\n", competitor.backend, compared, measured,
        is_complete ? fmt::format("those that {} was measured on", named) : "so it isn't ranked");
  }
  return text;
}

/// Who is ranked in a library's table. The baseline competes even if it is borrowed: a library's fastest
/// isn't one that is slower than what it is compared with. Of copies the baseline stands for the others if it
/// is the library's own, else the library's own one.
std::vector<Competitor> ranked_in(std::vector<Competitor> competitors, const Competitor& baseline) {
  const bool is_own = std::erase(competitors, baseline) > 0;
  competitors.insert(is_own ? competitors.begin() : competitors.end(), baseline);
  return competitors;
}

std::string machine_code_lines(const std::vector<Competitor>& competitors, const AuditFile& audit) {
  if (!audit.problem.empty()) return "  machine code not audited: " + audit.problem + '\n';
  std::string text = "  machine code:";
  std::string wrong;
  for (const Competitor& competitor : competitors) {
    const BackendAudit* const found = audit.find(competitor.backend);
    if (found == nullptr) continue;
    text += fmt::format("{} {}: {}", text.back() == ':' ? "" : ";", competitor.backend, found->label);
    if (!found->as_expected)
      wrong += emphasized(fmt::format("  {} isn't what it is declared to be: {}, declared {}\n",
                                      competitor.backend, found->label, found->expected),
                          Emphasis::bad);
  }
  return text + '\n' + wrong;
}

} // namespace

std::string library_report(const Analysis& analysis, const AuditedLibrary& audited, const KnownCode& code,
                           const Baseline& asked) {
  const LibraryDescription& library = *audited.library;
  const std::vector<Competitor> competitors = analysis.competitors(library.label());
  std::string text = emphasized(fmt::format("{} ({} {}, {})", library.label(), library.compiler,
                                            library.compiler_version, library.target),
                                Emphasis::bold) +
                     '\n';
  const std::optional<Competitor> baseline = analysis.baseline_for(library.label(), asked);
  if (!baseline) return text + "  nothing was measured\n";
  text += absolute_table(analysis, competitors, library.clock_name());
  text += ratio_table(analysis, competitors, *baseline);
  for (const Competitor& competitor : competitors)
    if (const auto share = analysis.prepare_share(competitor))
      text += fmt::format("  preparing a program is {:.1f} % of {}'s time ({:.1f} to {:.1f} % by workload)\n",
                          100 * share->estimate, competitor.backend, 100 * share->low, 100 * share->high);
  text += ranking_text(analysis, rank(analysis, ranked_in(competitors, *baseline), code), *baseline, false);
  text += machine_code_lines(competitors, *audited.audit);
  for (const auto& backend : library.unavailable)
    text += fmt::format("  not in this library: {}: {}\n", backend.name, backend.reason);
  return text;
}

std::size_t tables_width(const Analysis& analysis, const LibraryDescription& library, const Baseline& asked) {
  std::vector<Competitor> competitors = analysis.competitors(library.label());
  const auto width_of = [&](std::size_t at_least) {
    return 2 + name_width + competitors.size() * (2 + widest(competitors, at_least));
  };
  const std::size_t absolute = width_of(absolute_width);
  if (const auto baseline = analysis.baseline_for(library.label(), asked)) std::erase(competitors, *baseline);
  return std::max(absolute, width_of(ratio_width));
}

std::string across_libraries(const Analysis& analysis, const KnownCode& code, const Baseline& asked) {
  std::vector<Competitor> all;
  int libraries = 0;
  for (const std::string& library : analysis.libraries()) {
    if (analysis.is_layout_variant(library)) continue;
    ++libraries;
    for (const Competitor& competitor : analysis.competitors(library)) all.push_back(competitor);
  }
  if (libraries < 2) return {};
  std::optional<Competitor> baseline;
  for (const Competitor& competitor : all)
    if (!baseline) baseline = analysis.baseline_for(competitor.library, asked);
  if (!baseline) return {};
  return emphasized("all libraries", Emphasis::bold) + "\n" +
         ranking_text(analysis, rank(analysis, all, code), *baseline, true);
}

} // namespace dispatchbench
