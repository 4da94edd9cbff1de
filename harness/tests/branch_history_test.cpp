#include "system/branch_history.h"

#include <gtest/gtest.h>

#include <set>

namespace dispatchbench {
namespace {

TEST(BranchHistory, ForgettingReturnsEachTime) {
  for (int again = 0; again < 3; ++again) forget_branches();
}

TEST(BranchHistory, NearlyEverySlotIsJumpedToWithDifferentSuccessors) {
  const auto jumps = forgetting_jumps();
  std::set<std::size_t> slots(jumps.begin(), jumps.end());
  EXPECT_GT(slots.size(), forgetting_slots * 95 / 100);
  std::set<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t i = 1; i < jumps.size(); ++i) pairs.insert({jumps[i - 1], jumps[i]});
  EXPECT_GT(pairs.size(), jumps.size() * 99 / 100);
}

} // namespace
} // namespace dispatchbench
