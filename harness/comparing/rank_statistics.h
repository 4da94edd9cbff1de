// The statistics behind a verdict: intervals from ranks, which assume of the noise only that it is symmetric,
// and what size of effect they can resolve.
#pragma once

#include "measuring/statistics.h"

#include <cstdint>
#include <span>
#include <vector>

namespace dispatchbench {

/// The rank r, counted from 1, for which [r-th smallest, r-th largest] of the means of all pairs of `count`
/// independent values (each with itself, too) contains the centre of their symmetric distribution with an
/// error of at most `error`: from the exact distribution of the two-sided signed-rank test (Wilcoxon,
/// "Individual comparisons by ranking methods", 1945). 0 if `count` is too small for that.
int signed_rank(int count, double error);

/// Fewest values for which `signed_rank` isn't 0.
int fewest_values(double error);

/// The median of the means of all pairs of `values` (Hodges and Lehmann, "Estimates of location based on rank
/// tests", 1963), with its signed-rank interval, whose error is at most `error`. Infinite at both ends if
/// there are too few values. `values` must not be empty; time and memory grow with the square of their
/// number.
///
/// Log-ratios of two sides that differ in nothing are symmetric, since swapping the sides changes the sign
/// alone. The interval of the median (sign test) doesn't need that, but was 1.1 to 1.4 times as wide on 240
/// pairs of processes of each backend: those of a computed goto lie in two groups, 0.5 % to either side.
Interval signed_rank_interval(std::span<const double> values, double error);

/// How the comparison of one row may stop early: it analyses at the values after each of `analyses` numbers
/// of them (ascending), each time with an interval of error `error / analyses.size()` (Bonferroni), so that
/// the error of all analyses together is at most `error`.
struct StoppingRule {
  std::vector<int> analyses;
  double error;

  double error_of_an_analysis() const { return error / static_cast<double>(analyses.size()); }
};

/// What an interval of log-ratios says against a margin.
enum class Position {
  above,  ///< Wholly above the margin: head is slower.
  below,  ///< Wholly below its negative: head is faster.
  within, ///< Wholly inside.
  unclear
};

/// `margin` is a share: 0.005 for 0.5 %. The interval is of log-ratios.
Position position(const Interval& log_ratios, double margin);

/// What a row's values say so far, under a stopping rule: the position at the first analysis that decides, or
/// at the last analysis there was.
struct Decision {
  Position position = Position::unclear;
  Interval interval{}; ///< Of log-ratios, at that analysis.
  int used = 0;        ///< Values at that analysis.
};
Decision decide(std::span<const double> log_ratios, const StoppingRule& rule, double margin);

/// The smallest slow-down, as a share, that a run and its confirmation together would find in `power` of all
/// cases if the noise is what `log_ratios` show: resampled (bootstrap, with `seed`), centred on 0. Infinite
/// if it is above 50 %.
double smallest_visible_effect(std::span<const double> log_ratios, const StoppingRule& first,
                               const StoppingRule& second, double margin, double power, std::uint64_t seed);

} // namespace dispatchbench
