#include "comparison_statistics.h"

#include <boost/math/distributions/binomial.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
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

/// The slow-down above which `rule` finds these centred values slower, at any of its looks.
double needed_shift(std::span<const double> values, const StoppingRule& rule, double margin) {
  double lowest_end = -infinity;
  for (const int look : rule.looks)
    lowest_end = std::max(
        lowest_end,
        sign_test_interval(values.first(static_cast<std::size_t>(look)), rule.error_of_a_look()).low);
  return std::log1p(margin) - lowest_end;
}

} // namespace

int sign_test_rank(int count, double error) {
  if (count < 1) return 0;
  // The interval between the r-th smallest and largest misses the median with twice P(Binomial(n, 1/2) < r).
  const boost::math::binomial distribution(count, 0.5);
  int rank = 0;
  while (2 * (rank + 1) <= count && 2 * boost::math::cdf(distribution, rank) <= error) ++rank;
  return rank;
}

int fewest_values(double error) {
  int count = 1;
  while (sign_test_rank(count, error) == 0) ++count;
  return count;
}

Interval sign_test_interval(std::span<const double> values, double error) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const double middle = median(sorted);
  const auto rank = static_cast<std::size_t>(sign_test_rank(static_cast<int>(values.size()), error));
  if (rank == 0) return {middle, -infinity, infinity};
  return {middle, sorted[rank - 1], sorted[sorted.size() - rank]};
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
  for (const int look : rule.looks) {
    if (static_cast<std::size_t>(look) > log_ratios.size()) break;
    decision.interval =
        sign_test_interval(log_ratios.first(static_cast<std::size_t>(look)), rule.error_of_a_look());
    decision.position = position(decision.interval, margin);
    decision.used = look;
    if (decision.position != Position::unclear) break;
  }
  return decision;
}

double smallest_visible_effect(std::span<const double> log_ratios, const StoppingRule& first,
                               const StoppingRule& second, double margin, double power, std::uint64_t seed) {
  constexpr int draws = 1000;
  std::vector<double> centred(log_ratios.begin(), log_ratios.end());
  const double middle = median(centred);
  for (double& value : centred) value -= middle;
  std::mt19937_64 random(seed);
  // A slow-down is found if it exceeds what both runs need.
  std::vector<double> needed;
  for (int draw = 0; draw < draws; ++draw)
    needed.push_back(std::max(needed_shift(resampled(centred, first.looks.back(), random), first, margin),
                              needed_shift(resampled(centred, second.looks.back(), random), second, margin)));
  std::sort(needed.begin(), needed.end());
  const double shift = needed[static_cast<std::size_t>(std::ceil(power * draws)) - 1];
  const double effect = std::expm1(std::max(shift, 0.0));
  return effect > 0.5 ? infinity : effect;
}

} // namespace dispatchbench
