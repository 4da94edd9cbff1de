// When a measurement has gone on for long enough.
//
// After certain numbers of rounds the intervals are looked at, and measuring ends once they are narrow
// enough. Ending when they happen to be narrow makes intervals cover less than they say (Anscombe,
// "Sequential estimation", 1953; Chow and Robbins, "On the asymptotic theory of fixed-width sequential
// confidence intervals", 1965): with these analyses, Student's t of 95 % covers 93 to 95 %. So Student's t of
// a higher level is used, 97 %, with which at least 95 % are covered whatever the noise is: stopping_test.cpp
// repeats the simulation that this level comes from. The plan's last analysis and the time limit end a
// measurement without looking at the intervals, and don't harm the coverage.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace dispatchbench {

/// Student's t of this level gives intervals of 95 % under that rule.
constexpr double sequential_interval_level = 0.97;

/// When a measurement ends.
struct StoppingPlan {
  std::vector<int> analyses; ///< Rounds after which the intervals are looked at; the last one ends it.
  /// Half the width of the widest interval, as a share of the estimate. Nothing: only the last analysis ends.
  std::optional<double> target_width;
  /// No round begins after this, but `fewest_rounds` are always measured.
  std::optional<double> limit_seconds;
  int fewest_rounds = 2;

  double interval_level() const { return target_width ? sequential_interval_level : 0.95; }
};

/// From `first` rounds on, each analysis a fifth later than the one before, `last` at the end.
std::vector<int> growing_analyses(int first, int last);

/// How a measurement ended.
struct Stopping {
  std::string reason; ///< For people: "the intervals are narrow enough".
  bool target_reached = false;
  int analyses = 0;
  double widest = 0; ///< As in StoppingPlan::target_width, of all that counts in the end.
  double seconds = 0;
  std::string baseline; ///< What the geometric means are relative to, as --baseline takes it.
};

} // namespace dispatchbench
