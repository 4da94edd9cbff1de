#include "measuring/ranking.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace dispatchbench {
namespace {

constexpr std::size_t most_named = 12; // Of more competitors the last ones are counted.
constexpr std::size_t most_pairs = 4;

} // namespace

std::string times_as_long(const Interval& ratio) {
  if (!ratio.exists()) return fmt::format("{:.3f} (no interval) times as long as", ratio.estimate);
  return fmt::format("{:.3f} [{:.3f} {:.3f}] times as long as", ratio.estimate, ratio.low, ratio.high);
}

std::size_t measured_workloads(const Analysis& analysis, const std::vector<Competitor>& competitors) {
  const std::vector<std::string>& workloads = analysis.workloads();
  return static_cast<std::size_t>(
      std::count_if(workloads.begin(), workloads.end(), [&](const std::string& workload) {
        return std::any_of(competitors.begin(), competitors.end(), [&](const Competitor& competitor) {
          return analysis.nanoseconds_per_instruction(workload, competitor).has_value();
        });
      }));
}

Ranking rank(const Analysis& analysis, const std::vector<Competitor>& competitors,
             const Competitor& baseline) {
  Ranking ranking;
  const std::size_t measured = measured_workloads(analysis, competitors);
  // What has no ratio to the baseline was never measured; failures and refusals are reported as such.
  std::vector<std::pair<double, Competitor>> by_mean;
  for (const Competitor& competitor : competitors)
    if (analysis.compared_workloads(competitor, baseline) == measured)
      if (const auto mean = analysis.mean_ratio(competitor, baseline))
        by_mean.emplace_back(mean->estimate, competitor);
  if (by_mean.size() < 2) return ranking;
  std::sort(by_mean.begin(), by_mean.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Competitor>& order = ranking.fastest_first;
  for (auto& [mean, competitor] : by_mean) order.push_back(std::move(competitor));
  const auto compare = [&](std::size_t faster, std::size_t slower, std::vector<Ranking::Pair>& tied) {
    const std::optional<Interval> ratio = analysis.mean_ratio(order[faster], order[slower]);
    if (!ratio || !ratio->excludes(1)) tied.push_back({order[faster], order[slower], ratio});
  };
  for (std::size_t i = 1; i < order.size(); ++i) compare(0, i, ranking.tied_with_first);
  for (std::size_t i = 2; i < order.size(); ++i) compare(i - 1, i, ranking.tied_neighbours);
  return ranking;
}

std::string ranking_text(const Analysis& analysis, const Ranking& ranking, const Competitor& baseline,
                         bool with_library) {
  const std::vector<Competitor>& order = ranking.fastest_first;
  if (order.empty()) return {};
  const bool several = with_library || std::any_of(order.begin(), order.end(), [&](const Competitor& each) {
                         return each.library != order.front().library;
                       });
  const auto name = [&](const Competitor& competitor) {
    return several ? competitor.name() : competitor.backend;
  };
  std::string text = "  fastest first: ";
  for (std::size_t i = 0; i < std::min(order.size(), most_named); ++i)
    text += (i == 0 ? "" : ", ") + name(order[i]);
  if (order.size() > most_named) text += fmt::format(" and {} more", order.size() - most_named);
  const Competitor& first = order.front();
  const Competitor& against = first == baseline ? order[1] : baseline;
  if (const auto lead = analysis.mean_ratio(first, against))
    text += fmt::format(".\n    {} takes {} {}", name(first), times_as_long(*lead), name(against));
  text += ".\n";
  const auto list = [&](const char* heading, const std::vector<Ranking::Pair>& pairs) {
    if (pairs.empty()) return;
    text += fmt::format("    {}:", heading);
    for (std::size_t i = 0; i < std::min(pairs.size(), most_pairs); ++i)
      text += fmt::format("{} {} {} {}", i == 0 ? "" : ";", name(pairs[i].faster),
                          pairs[i].ratio ? "takes " + times_as_long(*pairs[i].ratio) : "against",
                          name(pairs[i].slower));
    if (pairs.size() > most_pairs) text += fmt::format("; and {} more", pairs.size() - most_pairs);
    text += '\n';
  };
  list("which is fastest is not resolved", ranking.tied_with_first);
  list("not resolved", ranking.tied_neighbours);
  if (!ranking.tied_with_first.empty() || !ranking.tied_neighbours.empty())
    text += "    (intervals that contain 1; more processes narrow them)\n";
  return text;
}

} // namespace dispatchbench
