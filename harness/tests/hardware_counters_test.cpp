// The counters through a kernel that grants, denies or shares them; and whatever this machine has.
#include "system/hardware_counters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <linux/perf_event.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>
#include <vector>

namespace dispatchbench {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// A kernel that opens an event unless `errors` holds its config, and whose reads give the values of the open
// ones.
struct FakeKernel {
  std::map<std::uint64_t, int> errors;
  std::map<std::uint64_t, std::uint64_t> values;
  std::uint64_t time_enabled = 1000;
  std::uint64_t time_running = 1000;
  std::vector<std::uint64_t> opened;
  std::set<int> descriptors;
  std::vector<unsigned long> requests;

  PerfEventCalls calls() {
    return {
        [this](const perf_event_attr& event, int group) {
          const auto error = errors.find(event.config);
          if (error != errors.end()) return -error->second;
          EXPECT_EQ(group < 0, opened.empty()) << "every event joins the first one's group";
          EXPECT_EQ(event.exclude_kernel, 1U);
          const int descriptor = 100 + static_cast<int>(opened.size());
          opened.push_back(event.config);
          descriptors.insert(descriptor);
          return descriptor;
        },
        [this](int group, unsigned long request) {
          EXPECT_EQ(group, 100);
          requests.push_back(request);
          return 0;
        },
        [this](int, void* to, std::size_t bytes) {
          std::vector<std::uint64_t> reading{opened.size(), time_enabled, time_running};
          for (const std::uint64_t config : opened) reading.push_back(values[config]);
          const std::size_t size = std::min(bytes, reading.size() * sizeof reading[0]);
          std::memcpy(to, reading.data(), size);
          return static_cast<long>(size);
        },
        [this](int event) { EXPECT_EQ(descriptors.erase(event), 1U); },
    };
  }
};

FakeKernel generous_kernel() {
  FakeKernel kernel;
  kernel.values = {{PERF_COUNT_HW_CPU_CYCLES, 5000},
                   {PERF_COUNT_HW_INSTRUCTIONS, 20000},
                   {PERF_COUNT_HW_BRANCH_INSTRUCTIONS, 3000},
                   {PERF_COUNT_HW_BRANCH_MISSES, 7},
                   {PERF_COUNT_HW_STALLED_CYCLES_FRONTEND, 400}};
  return kernel;
}

TEST(HardwareCounters, GivesEveryCounterThatTheKernelGrants) {
  FakeKernel kernel = generous_kernel();
  HardwareCounters counters(kernel.calls());
  EXPECT_THAT(counters.unavailable(), IsEmpty());
  counters.start();
  const HardwareCounts counts = counters.stop();
  EXPECT_EQ(counts[HardwareCounter::cycles], 5000U);
  EXPECT_EQ(counts[HardwareCounter::instructions], 20000U);
  EXPECT_EQ(counts[HardwareCounter::branches], 3000U);
  EXPECT_EQ(counts[HardwareCounter::branch_misses], 7U);
  EXPECT_EQ(counts[HardwareCounter::frontend_stalls], 400U);
  EXPECT_EQ(kernel.requests, (std::vector<unsigned long>{PERF_EVENT_IOC_RESET, PERF_EVENT_IOC_ENABLE,
                                                         PERF_EVENT_IOC_DISABLE}));
}

TEST(HardwareCounters, LeavesOutOneMissingCounterAndKeepsTheOthersApart) {
  FakeKernel kernel = generous_kernel();
  kernel.errors = {{PERF_COUNT_HW_BRANCH_INSTRUCTIONS, ENOENT}};
  HardwareCounters counters(kernel.calls());
  EXPECT_THAT(counters.unavailable(), IsEmpty());
  EXPECT_THAT(counters.unavailable(HardwareCounter::branches), HasSubstr("virtual machine"));
  EXPECT_THAT(counters.unavailable(HardwareCounter::cycles), IsEmpty());
  counters.start();
  const HardwareCounts counts = counters.stop();
  EXPECT_EQ(counts[HardwareCounter::branches], std::nullopt);
  EXPECT_EQ(counts[HardwareCounter::instructions], 20000U);
  EXPECT_EQ(counts[HardwareCounter::branch_misses], 7U);
}

TEST(HardwareCounters, CountsWithoutTheFirstCounterToo) {
  FakeKernel kernel = generous_kernel();
  kernel.errors = {{PERF_COUNT_HW_CPU_CYCLES, ENOENT}};
  HardwareCounters counters(kernel.calls());
  EXPECT_THAT(counters.unavailable(), IsEmpty());
  counters.start();
  const HardwareCounts counts = counters.stop();
  EXPECT_EQ(counts[HardwareCounter::cycles], std::nullopt);
  EXPECT_EQ(counts[HardwareCounter::instructions], 20000U);
}

TEST(HardwareCounters, SaysWhyAndHowToChangeItWhenDenied) {
  FakeKernel kernel;
  for (const auto& [config, value] : generous_kernel().values) kernel.errors[config] = EACCES;
  HardwareCounters counters(kernel.calls());
  EXPECT_THAT(counters.unavailable(), HasSubstr("perf_event_paranoid"));
  counters.start();
  const HardwareCounts counts = counters.stop();
  for (const auto& value : counts.values) EXPECT_EQ(value, std::nullopt);
  EXPECT_THAT(kernel.requests, IsEmpty());
}

TEST(HardwareCounters, TellsASandboxFromASettingOfTheKernel) {
  FakeKernel kernel;
  for (const auto& [error, words] :
       {std::pair(EPERM, "Operation not permitted; a sandbox refuses the call"),
        std::pair(EACCES, "Permission denied; allow it with 'sysctl kernel.perf_event_paranoid=2'"),
        std::pair(ENOSYS, "Function not implemented; the kernel is built without perf events")}) {
    for (const auto& [config, value] : generous_kernel().values) kernel.errors[config] = error;
    EXPECT_THAT(HardwareCounters(kernel.calls()).unavailable(), HasSubstr(words));
  }
}

TEST(HardwareCounters, GivesNothingWhenTheKernelSharedTheCounters) {
  FakeKernel kernel = generous_kernel();
  kernel.time_running = 600;
  HardwareCounters counters(kernel.calls());
  counters.start();
  const HardwareCounts counts = counters.stop();
  for (const auto& value : counts.values) EXPECT_EQ(value, std::nullopt);
}

TEST(HardwareCounters, ClosesEveryEventItOpened) {
  FakeKernel kernel = generous_kernel();
  {
    const HardwareCounters counters(kernel.calls());
  }
  EXPECT_THAT(kernel.descriptors, IsEmpty());
}

TEST(HardwareCounters, OnThisMachineEitherCountOrSayWhyNot) {
  HardwareCounters counters;
  counters.start();
  volatile std::uint64_t sum = 0;
  for (int i = 0; i < 100000; ++i) sum = sum + 1;
  const HardwareCounts counts = counters.stop();
  for (std::size_t index = 0; index < hardware_counter_count; ++index) {
    const auto counter = static_cast<HardwareCounter>(index);
    if (!counters.unavailable(counter).empty()) {
      EXPECT_EQ(counts[counter], std::nullopt) << name_of(counter);
      EXPECT_THAT(counters.unavailable(counter), HasSubstr(name_of(counter)));
    }
  }
  const auto instructions = counts[HardwareCounter::instructions];
  if (instructions) {
    EXPECT_GE(*instructions, 100000U);
  }
}

} // namespace
} // namespace dispatchbench
