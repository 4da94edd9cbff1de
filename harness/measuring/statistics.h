// The figures that tables and verdicts quote.
#pragma once

#include <cmath>
#include <span>
#include <vector>

namespace dispatchbench {

/// An estimate and the interval around it.
struct Interval {
  double estimate;
  double low;
  double high;

  /// Whether there were enough values for one: otherwise it is infinite.
  bool exists() const { return std::isfinite(low) && std::isfinite(high); }
  /// Whether the interval lies wholly on one side of `value`.
  bool excludes(double value) const { return low > value || high < value; }
};

/// The middle value, or the mean of the two middle ones. `values` must not be empty.
double median(std::vector<double> values);

/// Geometric mean of ratios with its interval, from their logarithms: Student's t over `log_ratios`, one per
/// process, since the process is the statistical unit (a process fixes its memory layout, so its samples
/// aren't independent; Kalibera and Jones, "Rigorous benchmarking in reasonable time", 2013). With fewer than
/// two values the interval is infinite. `level` is of Student's t.
Interval ratio_interval(std::span<const double> log_ratios, double level = 0.95);

} // namespace dispatchbench
