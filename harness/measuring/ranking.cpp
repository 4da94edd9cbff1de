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

KnownCode known_code(const std::vector<AuditedLibrary>& libraries) {
  KnownCode known;
  for (const AuditedLibrary& each : libraries)
    for (const auto& backend : each.library->backends)
      if (const auto hash = each.audit->code_hash(backend.name))
        known[{backend.name, each.library->label()}] = fmt::format("{} {}", *hash, each.library->host);
  return known;
}

Ranking rank(const Analysis& analysis, const std::vector<Competitor>& competitors, const KnownCode& code) {
  Ranking ranking;
  const std::size_t measured = measured_workloads(analysis, competitors);
  std::vector<Competitor> candidates;
  std::map<std::string, Competitor> first_with;
  for (const Competitor& competitor : competitors) {
    // What lacks a workload failed, was refused or never ran there; failures and refusals are reported as
    // such.
    if (measured_workloads(analysis, {competitor}) != measured) continue;
    const auto known = code.find(competitor);
    const Competitor& first =
        known == code.end() ? competitor : first_with.try_emplace(known->second, competitor).first->second;
    std::vector<Competitor>& copies = ranking.copies[first];
    if (copies.empty()) candidates.push_back(first);
    copies.push_back(competitor);
  }
  std::vector<std::pair<double, std::size_t>>
      by_mean; // With the place among the candidates, for equal means.
  for (std::size_t i = 0; i < candidates.size(); ++i)
    if (const auto mean = analysis.mean_ratio(candidates[i], candidates.front()))
      by_mean.emplace_back(mean->estimate, i);
  if (by_mean.size() < 2) return {};
  std::sort(by_mean.begin(), by_mean.end());
  std::vector<Competitor>& order = ranking.fastest_first;
  for (const auto& [mean, place] : by_mean) order.push_back(candidates[place]);
  const auto compare = [&](std::size_t faster, std::size_t slower, std::vector<Ranking::Pair>& tied) {
    const std::optional<Interval> ratio = analysis.mean_ratio(order[faster], order[slower]);
    if (!ratio || !ratio->excludes(1)) tied.push_back({order[faster], order[slower], ratio});
  };
  for (std::size_t i = 1; i < order.size(); ++i) compare(0, i, ranking.tied_with_first);
  for (std::size_t i = 2; i < order.size(); ++i) compare(i - 1, i, ranking.tied_neighbours);
  return ranking;
}

Competitor Ranking::rival(const std::optional<Competitor>& baseline) const {
  const std::vector<Competitor>& first = copies.at(fastest_first.front());
  if (!baseline || std::find(first.begin(), first.end(), *baseline) != first.end()) return fastest_first[1];
  return *baseline;
}

std::string order_text(const Ranking& ranking, std::size_t most, bool with_library) {
  const std::vector<Competitor>& order = ranking.fastest_first;
  std::string text = "fastest first: ";
  for (std::size_t i = 0; i < std::min(order.size(), most); ++i) {
    text += (i == 0 ? "" : ", ") + (with_library ? order[i].name() : order[i].backend);
    if (const std::size_t copies = ranking.copies.at(order[i]).size(); copies > 1)
      text += fmt::format(" (one of {} with this code)", copies);
  }
  if (order.size() > most) text += fmt::format(" and {} more", order.size() - most);
  return text + '.';
}

std::string ranking_text(const Analysis& analysis, const Ranking& ranking, const Competitor& baseline,
                         bool with_library) {
  const std::vector<Competitor>& order = ranking.fastest_first;
  if (order.empty()) return {};
  const Competitor& first = order.front();
  const Competitor rival = ranking.rival(baseline);
  const bool several = with_library || rival.library != first.library ||
                       std::any_of(order.begin(), order.end(),
                                   [&](const auto& each) { return each.library != first.library; });
  const auto name = [&](const Competitor& competitor) {
    return several ? competitor.name() : competitor.backend;
  };
  std::string text = "  " + order_text(ranking, most_named, several) + '\n';
  if (const auto lead = analysis.mean_ratio(first, rival))
    text += fmt::format("    {} takes {} {}.\n", name(first), times_as_long(*lead), name(rival));
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
