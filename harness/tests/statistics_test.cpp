// Figures checked against values worked out elsewhere.
#include "measuring/statistics.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace dispatchbench {
namespace {

TEST(Statistics, median_of_odd_and_even_counts) {
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 3, 2}), 2.5);
  EXPECT_EQ(median({7}), 7);
}

TEST(Statistics, ratio_interval_agrees_with_a_worked_example) {
  // Mean 0.02, standard deviation 0.01581139, 5 values: t(0.975, 4) = 2.776445, so the half width is
  // 0.0196324.
  const std::array<double, 5> logs{0.0, 0.01, 0.02, 0.03, 0.04};
  const Interval interval = ratio_interval(logs);
  EXPECT_NEAR(interval.estimate, std::exp(0.02), 1e-12);
  EXPECT_NEAR(interval.low, std::exp(0.02 - 0.0196324), 1e-6);
  EXPECT_NEAR(interval.high, std::exp(0.02 + 0.0196324), 1e-6);
}

TEST(Statistics, one_process_has_no_finite_interval) {
  const std::array<double, 1> logs{0.1};
  const Interval interval = ratio_interval(logs);
  EXPECT_FALSE(interval.excludes(1));
  EXPECT_TRUE(std::isinf(interval.high));
}

TEST(Statistics, interval_excludes_only_what_lies_outside) {
  const Interval interval{0.9, 0.8, 0.99};
  EXPECT_TRUE(interval.excludes(1));
  EXPECT_FALSE(interval.excludes(0.85));
  EXPECT_TRUE(interval.excludes(0.7));
}

} // namespace
} // namespace dispatchbench
