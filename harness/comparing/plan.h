// How much a comparison measures, and how it judges.
#pragma once

#include "comparing/rank_statistics.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace dispatchbench {

/// How much to measure, and how to judge it.
struct ComparisonPlan {
  std::vector<int> analyses;         ///< Units after which each row is judged; see StoppingRule.
  std::vector<int> confirm_analyses; ///< The same for the second run.
  int rounds = 0;                    ///< Rounds of a row in one pair of processes.
  int pairs_per_unit = 1;            ///< Pairs of processes whose median is one unit.
  double margin = 0.005;             ///< As a share.
  double error = 0.01;               ///< Of all intervals of the first run together.
  double confirm_error = 0.05;       ///< Of each interval of the second run.
  std::uint64_t seed = 0;
  int cpu = -1;                        ///< Processor for both processes of a pair; -1: not pinned.
  double added_share = 0;              ///< Slow-down added to the candidate, for trials; 0.02 is 2 %.
  std::chrono::seconds time_out{10};   ///< For one run, as in row_time_out.
  std::vector<double> run_nanoseconds; ///< What one run of each row takes; needed to add that share.

  /// The rule for one of `rows` rows in the first run.
  StoppingRule first_rule(std::size_t rows) const { return {analyses, error / static_cast<double>(rows)}; }
  StoppingRule second_rule() const { return {confirm_analyses, confirm_error}; }

  /// How long a comparison may wait for a quiet machine and take disturbed pairs again: half a minute, and as
  /// long again as a whole first run takes.
  double seconds_for_replacing() const;
};

/// How thorough a comparison is.
enum class Effort { fast, usual, rigorous };

/// Seconds that one pair of processes takes over all rows.
double seconds_of_a_pair(const ComparisonPlan& plan);

/// Chooses pairs and rounds so that a verdict keeps to its time: a first run of at most 10 s on few rows and
/// 5 minutes on many. `pairs` and `rounds` are what the user asked for, 0 for no wish; `layouts` is how many
/// layouts each side has, of which each is one unit. Sets `plan.rounds`, `analyses` and the like.
void keep_to_budget(ComparisonPlan& plan, int pairs, int rounds, Effort effort, std::size_t layouts);

/// Throws UsageError, naming `what` there are too few of, unless the plan's first analysis gives each of
/// `rows` rows an interval.
void check_resolvable(const ComparisonPlan& plan, std::size_t rows, const char* what);

} // namespace dispatchbench
