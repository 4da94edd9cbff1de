#include "measuring/layout_report.h"

#include "system/terminal.h"

#include <fmt/format.h>

#include <algorithm>

namespace dispatchbench {
namespace {

constexpr std::size_t name_width = 18;
constexpr std::size_t cell_width = 19;

std::string row_heading(const std::string& name) { return fmt::format("  {:<{}}", name, name_width); }

std::string cell(const std::string& text, Emphasis emphasis = Emphasis::bold) {
  const std::string padded = fmt::format("  {:>{}}", text, cell_width);
  return emphasis == Emphasis::faint ? emphasized(padded, emphasis) : padded;
}

std::string percent(double ratio) { return fmt::format("{:.2f} %", 100 * (ratio - 1)); }

/// Slowest over fastest layout, a row a workload, the median last.
std::string spreads(const Analysis& analysis, const std::vector<Competitor>& competitors) {
  std::string text;
  std::map<Competitor, std::vector<double>> all;
  for (const std::string& workload : analysis.workloads()) {
    text += row_heading(workload);
    for (const Competitor& competitor : competitors) {
      const auto spread = analysis.layout_spread(workload, competitor);
      if (spread) all[competitor].push_back(spread->ratio());
      text += cell(spread ? percent(spread->ratio()) : analysis.missing(workload, competitor));
    }
    text += '\n';
  }
  text += row_heading("median");
  for (const Competitor& competitor : competitors)
    text += cell(all[competitor].empty() ? "-" : percent(median(all[competitor])));
  return text + '\n';
}

/// The effect of each backend over the baseline, median of the layouts. `any_marked` says whether one lies
/// within layout noise.
std::string effects(const Analysis& analysis, const std::vector<Competitor>& competitors,
                    const std::string& baseline_backend, bool& any_marked) {
  std::string text;
  for (const std::string& workload : analysis.workloads()) {
    text += row_heading(workload);
    for (const Competitor& competitor : competitors) {
      const auto effect = analysis.effect_over_layouts(workload, competitor, baseline_backend);
      const bool shown = effect && competitor.backend != baseline_backend;
      const bool marked = shown && analysis.within_layout_noise(workload, competitor, baseline_backend);
      any_marked = any_marked || marked;
      text += cell(shown ? fmt::format("{}{:.3f}", marked ? "~" : "", *effect) : "-",
                   marked ? Emphasis::faint : Emphasis::bold);
    }
    text += '\n';
  }
  return text;
}

} // namespace

std::string layout_report(const Analysis& analysis, const std::string& original, const Baseline& baseline) {
  const std::size_t layouts = analysis.layouts_of(original).size();
  if (layouts < 2) return {};
  const std::vector<Competitor> competitors = analysis.competitors(original);
  std::string heading = row_heading("");
  for (const Competitor& competitor : competitors) heading += cell(competitor.backend);
  std::string text = emphasized(fmt::format("{} in {} layouts", original, layouts), Emphasis::bold) +
                     "\n  spread: slowest layout over fastest, the same code otherwise\n" + heading + '\n' +
                     spreads(analysis, competitors);
  // Effects are within a layout, so only a baseline of the same library has any.
  if (std::none_of(competitors.begin(), competitors.end(),
                   [&](const Competitor& competitor) { return competitor.backend == baseline.backend; }))
    return text;
  bool any_marked = false;
  text += fmt::format("\n  time relative to {}, median of the layouts\n{}\n{}", baseline.backend, heading,
                      effects(analysis, competitors, baseline.backend, any_marked));
  if (any_marked) text += "  ~ smaller than what layout alone does to one of the two\n";
  return text;
}

} // namespace dispatchbench
