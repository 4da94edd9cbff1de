#include "comparing/rank_statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>

namespace dispatchbench {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Values drawn from `values` with replacement.
std::vector<double> resampled(std::span<const double> values, int count, std::mt19937_64& random) {
  std::uniform_int_distribution<std::size_t> index(0, values.size() - 1);
  std::vector<double> drawn(static_cast<std::size_t>(count));
  for (double& value : drawn) value = values[index(random)];
  return drawn;
}

/// The means of all pairs of values, each with itself, too.
std::vector<double> means_of_pairs(std::span<const double> values) {
  std::vector<double> means;
  means.reserve(values.size() * (values.size() + 1) / 2);
  for (std::size_t i = 0; i < values.size(); ++i)
    for (std::size_t j = i; j < values.size(); ++j) means.push_back((values[i] + values[j]) / 2);
  return means;
}

/// The lower end of the signed-rank interval alone, without sorting all means.
double low_end(std::span<const double> values, double error) {
  const int rank = signed_rank(static_cast<int>(values.size()), error);
  if (rank == 0) return -infinity;
  std::vector<double> means = means_of_pairs(values);
  std::nth_element(means.begin(), means.begin() + rank - 1, means.end());
  return means[static_cast<std::size_t>(rank) - 1];
}

/// The slow-down above which `rule` finds these centred values slower, at any of its analyses.
double needed_shift(std::span<const double> values, const StoppingRule& rule, double margin) {
  double lowest_end = -infinity;
  for (const int analysis : rule.analyses)
    lowest_end = std::max(
        lowest_end, low_end(values.first(static_cast<std::size_t>(analysis)), rule.error_of_an_analysis()));
  return std::log1p(margin) - lowest_end;
}

} // namespace

int signed_rank(int count, double error) {
  static std::map<std::pair<int, double>, int> known; // Every row and analysis asks the same again.
  const auto [at, is_new] = known.try_emplace({count, error}, 0);
  if (!is_new || count < 1) return at->second;
  // ways[w]: in how many of the 2^count equally likely sets of ranks 1 to count their sum is w. As shares, so
  // that nothing overflows.
  std::vector<double> share(static_cast<std::size_t>(count) * static_cast<std::size_t>(count + 1) / 2 + 1);
  share[0] = 1;
  std::size_t highest = 0;
  for (std::size_t rank = 1; rank <= static_cast<std::size_t>(count); ++rank) {
    highest += rank;
    for (std::size_t sum = highest + 1; sum-- > 0;)
      share[sum] = (share[sum] + (sum >= rank ? share[sum - rank] : 0)) / 2;
  }
  // The interval from the r-th smallest to the r-th largest misses the centre with twice P(sum < r).
  int& rank = at->second;
  for (double below = share[0]; 2 * below <= error; below += share[static_cast<std::size_t>(rank)]) ++rank;
  return rank;
}

int fewest_values(double error) {
  int count = 1;
  while (signed_rank(count, error) == 0) ++count;
  return count;
}

Interval signed_rank_interval(std::span<const double> values, double error) {
  std::vector<double> means = means_of_pairs(values);
  const auto rank = static_cast<std::size_t>(signed_rank(static_cast<int>(values.size()), error));
  std::sort(means.begin(), means.end());
  const double middle = median(means);
  if (rank == 0) return {middle, -infinity, infinity};
  return {middle, means[rank - 1], means[means.size() - rank]};
}

Position position(const Interval& log_ratios, double margin) {
  const double limit = std::log1p(margin);
  if (log_ratios.low > limit) return Position::above;
  if (log_ratios.high < -limit) return Position::below;
  if (log_ratios.low >= -limit && log_ratios.high <= limit) return Position::within;
  return Position::unclear;
}

Decision decide(std::span<const double> log_ratios, const StoppingRule& rule, double margin) {
  Decision decision;
  for (const int analysis : rule.analyses) {
    if (static_cast<std::size_t>(analysis) > log_ratios.size()) break;
    decision.interval = signed_rank_interval(log_ratios.first(static_cast<std::size_t>(analysis)),
                                             rule.error_of_an_analysis());
    decision.position = position(decision.interval, margin);
    decision.used = analysis;
    if (decision.position != Position::unclear) break;
  }
  return decision;
}

double smallest_visible_effect(std::span<const double> log_ratios, const StoppingRule& first,
                               const StoppingRule& second, double margin, double power, std::uint64_t seed) {
  constexpr int draws = 1000;
  std::mt19937_64 random(seed);
  std::vector<double> centred(log_ratios.begin(), log_ratios.end());
  // The trials of --aa come together: of more values than that a sample, since their pairs would fill the
  // memory.
  constexpr std::size_t most = 1000;
  const double middle =
      median(means_of_pairs(centred.size() > most ? resampled(centred, most, random) : centred));
  for (double& value : centred) value -= middle;
  // A slow-down is found if it exceeds what both runs need.
  std::vector<double> needed;
  for (int draw = 0; draw < draws; ++draw)
    needed.push_back(
        std::max(needed_shift(resampled(centred, first.analyses.back(), random), first, margin),
                 needed_shift(resampled(centred, second.analyses.back(), random), second, margin)));
  std::sort(needed.begin(), needed.end());
  const double shift = needed[static_cast<std::size_t>(std::ceil(power * draws)) - 1];
  const double effect = std::expm1(std::max(shift, 0.0));
  return effect > 0.5 ? infinity : effect;
}

} // namespace dispatchbench
