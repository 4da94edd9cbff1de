// What disturbs a measurement, told from the system's counts of time, and the warnings about a machine.
#include "system/environment.h"

#include "measuring/pinning_report.h"

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

TEST(MachineWarnings, NameASlowKindThatIsMeasuredAndNothingOfAFastOne) {
  const nlohmann::ordered_json slow{{"core_kinds", {"0-15", "16-19"}}, {"core_kind", "efficiency"}};
  EXPECT_THAT(machine_warnings(slow), testing::ElementsAre(testing::AllOf(
                                          testing::HasSubstr("the kind \"efficiency\", slower than 0-15"),
                                          testing::HasSubstr("--cpu with one of 0-15"))));
  const nlohmann::ordered_json fast{{"core_kinds", {"0-15", "16-19"}}, {"core_kind", "performance"}};
  EXPECT_THAT(machine_warnings(fast), testing::IsEmpty());
}

TEST(MachineWarnings, NameTheGroupThatStoppedTheProcess) {
  nlohmann::ordered_json machine{{"cpu_quota", 0.2}, {"cpu_quota_group", "/x"}};
  add_throttling(machine, {{"/x", 0.2, 10, 10, 1}}, {{"/x", 0.2, 16, 16, 1.5}});
  EXPECT_THAT(
      machine_warnings(machine),
      testing::ElementsAre(testing::StartsWith(
          "throttled in 6 of 6 periods by the CPU quota of the control group /x (0.2 processors): wall "
          "times are wrong, ratios of CPU times hold; remedy: ")));
  add_throttling(machine, {{"/x", 0.2, 10, 10, 1}}, {{"/x", 0.2, 16, 10, 1}});
  EXPECT_THAT(machine_warnings(machine), testing::IsEmpty()) << "it was never stopped";
  add_throttling(machine, {}, {});
  EXPECT_THAT(machine_warnings(machine), testing::ElementsAre(testing::HasSubstr("may stand still")));
}

TEST(PinningWarnings, NameTheLibrariesAndWhy) {
  Measurement measurement;
  EXPECT_THAT(pinning_warnings(measurement, 1, ""), testing::IsEmpty());
  measurement.not_pinned = {{"clang", "refused"}, {"gcc", "refused"}, {"wasm", ""}};
  EXPECT_THAT(
      pinning_warnings(measurement, 1, ""),
      testing::ElementsAre(testing::HasSubstr("library wasm are not pinned to processor 1"),
                           "the processes of library clang, gcc are not pinned to processor 1, so the system "
                           "may move what is measured: refused"));
  EXPECT_THAT(pinning_warnings(measurement, -1, "sched_getaffinity: no"),
              testing::ElementsAre("the processes are not pinned, so the system may move what is measured: "
                                   "sched_getaffinity: no"));
}

} // namespace
} // namespace dispatchbench
