// What disturbs a measurement, told from the system's counts of time, and the warnings about a machine.
#include "system/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dispatchbench {
namespace {

TEST(Disturbance, OwnTimeIsNobodyElses) {
  // 1000 ticks of two processors: this program used 450, others 100, other virtual machines 50.
  const Disturbance found = disturbance({5000, 10, 3000, 70}, {6000, 60, 3550, 520}, 2);
  EXPECT_DOUBLE_EQ(found.steal_percent, 5);
  EXPECT_DOUBLE_EQ(found.other_processes, 0.2);
}

TEST(Disturbance, IsNeverLessThanNone) {
  EXPECT_EQ(disturbance({100, 0, 50, 0}, {200, 0, 90, 41}, 2).other_processes, 0);
  EXPECT_EQ(disturbance({100, 0, 50, 0}, {100, 0, 50, 0}, 2).other_processes, 0);
}

TEST(CpuTimes, OnlyGrow) {
  const CpuTimes before = read_cpu_times();
  volatile double value = 1;
  for (int i = 0; i < 3'000'000; ++i) value = value * 1.0000001;
  const CpuTimes after = read_cpu_times();
  EXPECT_GT(after.own, before.own);
  EXPECT_GE(after.busy, before.busy);
  EXPECT_GE(after.total, after.busy + after.steal);
}

TEST(MachineWarnings, NameKindsOfProcessorsAndAQuota) {
  EXPECT_THAT(machine_warnings({{"core_kinds", {"0-15", "16-19"}}, {"cpu_quota", 0.2}}),
              testing::ElementsAre(testing::HasSubstr("different kinds (0-15 and 16-19)"),
                                   testing::HasSubstr("0.2 processors' time")));
}

} // namespace
} // namespace dispatchbench
