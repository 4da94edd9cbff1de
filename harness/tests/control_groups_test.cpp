// CPU quotas of control groups, told from a made-up system's files.
#include "system/control_groups.h"

#include "made_up_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dispatchbench {
namespace {

double smallest(const MadeUpSystem& system) { return cpu_quotas(system.root).at(0).processors; }

TEST(CpuQuota, IsTheSmallestOfAllGroupsAround) {
  MadeUpSystem second;
  second.write("proc/self/cgroup", "0::/outer/inner")
      .write("sys/fs/cgroup/outer/inner/cpu.max", "150000 100000")
      .write("sys/fs/cgroup/outer/cpu.max", "20000 100000");
  EXPECT_DOUBLE_EQ(smallest(second), 0.2);

  MadeUpSystem first;
  first.write("proc/self/cgroup", "9:name=systemd:/\n4:cpu,cpuacct:/x\n0::/")
      .write("sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "20000")
      .write("sys/fs/cgroup/cpu/x/cpu.cfs_period_us", "100000")
      .write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1")
      .write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000");
  EXPECT_DOUBLE_EQ(smallest(first), 0.2);
}

TEST(CpuQuota, IsNothingWithoutALimit) {
  MadeUpSystem system;
  EXPECT_TRUE(cpu_quotas(system.root).empty());
  system.write("proc/self/cgroup", "0::/").write("sys/fs/cgroup/cpu.max", "max 100000");
  EXPECT_TRUE(cpu_quotas(system.root).empty());
}

TEST(CpuQuota, OfAContainerIsWhereItsGroupIsMounted) {
  MadeUpSystem container; // The host's path in cgroup, and only that group mounted, at another place.
  container.write("proc/self/cgroup", "3:cpuset:/\n2:cpu,cpuacct:/docker/ab c/x\n1:cpuacct:/other")
      .write("proc/self/mountinfo",
             "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
             "32 31 0:33 /docker/ab\\040c /groups/my\\040cpu rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
             "33 31 0:34 / /groups/cpuset rw - cgroup cgroup rw,cpuset")
      .write("groups/my cpu/cpu.cfs_quota_us", "150000")
      .write("groups/my cpu/cpu.cfs_period_us", "100000")
      .write("groups/my cpu/x/cpu.cfs_quota_us", "50000")
      .write("groups/my cpu/x/cpu.cfs_period_us", "100000")
      .write("groups/cpuset/cpu.cfs_quota_us", "1")
      .write("groups/cpuset/cpu.cfs_period_us", "100000");
  const auto quotas = cpu_quotas(container.root);
  ASSERT_EQ(quotas.size(), 2U);
  EXPECT_EQ(quotas[0].group, "/docker/ab c/x");
  EXPECT_DOUBLE_EQ(quotas[0].processors, 0.5);
  EXPECT_EQ(quotas[1].group, "/docker/ab c");
  EXPECT_DOUBLE_EQ(quotas[1].processors, 1.5);
}

TEST(CpuQuota, OfAGroupOutsideOfWhatIsMountedIsThatOfTheMount) {
  MadeUpSystem container;
  container.write("proc/self/cgroup", "0::/../../elsewhere")
      .write("proc/self/mountinfo", "32 31 0:33 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw")
      .write("sys/fs/cgroup/cpu.max", "100000 100000");
  EXPECT_DOUBLE_EQ(smallest(container), 1);
}

TEST(Throttling, IsThatOfTheGroupThatWasStoppedMost) {
  MadeUpSystem system;
  system.write("proc/self/cgroup", "0::/outer/inner")
      .write("sys/fs/cgroup/outer/inner/cpu.max", "150000 100000")
      .write("sys/fs/cgroup/outer/inner/cpu.stat", "usage_usec 5\nnr_periods 100\nnr_throttled 1")
      .write("sys/fs/cgroup/outer/cpu.max", "20000 100000")
      .write("sys/fs/cgroup/outer/cpu.stat", "nr_periods 200\nnr_throttled 50\nthrottled_usec 1000000");
  const auto before = cpu_quotas(system.root);
  system.write("sys/fs/cgroup/outer/inner/cpu.stat", "nr_periods 110\nnr_throttled 2")
      .write("sys/fs/cgroup/outer/cpu.stat", "nr_periods 206\nnr_throttled 56\nthrottled_usec 1480000");
  const auto found = throttling(before, cpu_quotas(system.root));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->group, "/outer");
  EXPECT_DOUBLE_EQ(found->processors, 0.2);
  EXPECT_EQ(found->periods, 6U);
  EXPECT_EQ(found->throttled_periods, 6U);
  EXPECT_NEAR(found->throttled_seconds, 0.48, 1e-9);
}

TEST(Throttling, OfTheFirstVersionHasItsOwnUnit) {
  MadeUpSystem system;
  system.write("proc/self/cgroup", "1:cpu:/x")
      .write("sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "20000")
      .write("sys/fs/cgroup/cpu/x/cpu.cfs_period_us", "100000")
      .write("sys/fs/cgroup/cpu/x/cpu.stat", "nr_periods 6\nnr_throttled 6\nthrottled_time 480000000");
  const auto found = throttling({}, cpu_quotas(system.root));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->throttled_periods, 6U);
  EXPECT_NEAR(found->throttled_seconds, 0.48, 1e-9);
}

TEST(Throttling, IsNothingWithoutAQuotaOrCounts) {
  MadeUpSystem system;
  EXPECT_FALSE(throttling({}, cpu_quotas(system.root)));
  system.write("proc/self/cgroup", "0::/").write("sys/fs/cgroup/cpu.max", "20000 100000");
  EXPECT_FALSE(throttling({}, cpu_quotas(system.root)));
}

} // namespace
} // namespace dispatchbench
