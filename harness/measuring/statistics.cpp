#include "measuring/statistics.h"

#include <boost/math/distributions/students_t.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace dispatchbench {

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 != 0) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

Interval ratio_interval(std::span<const double> log_ratios, double level) {
  const auto count = static_cast<double>(log_ratios.size());
  const double mean = std::accumulate(log_ratios.begin(), log_ratios.end(), 0.0) / count;
  if (log_ratios.size() < 2) return {std::exp(mean), 0, std::numeric_limits<double>::infinity()};
  double squares = 0;
  for (const double value : log_ratios) squares += (value - mean) * (value - mean);
  const double standard_error = std::sqrt(squares / (count - 1) / count);
  // In double: valgrind computes long double, to which boost promotes otherwise, in 64 bits, and boost throws
  // at that.
  using Policy = boost::math::policies::policy<boost::math::policies::promote_double<false>>;
  const boost::math::students_t_distribution<double, Policy> distribution(count - 1);
  const double half = boost::math::quantile(distribution, (1 + level) / 2) * standard_error;
  return {std::exp(mean), std::exp(mean - half), std::exp(mean + half)};
}

} // namespace dispatchbench
