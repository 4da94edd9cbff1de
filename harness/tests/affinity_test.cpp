// Pinning, on systems that have thousands of processors or refuse the calls.
#include "system/affinity.h"

#include "system/processors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <numeric>

namespace dispatchbench {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// A system with many processors, of which this process may run on `allowed`.
struct FakeSystem {
  std::size_t processors = 4096;
  std::vector<int> allowed;
  int get_error = 0;
  int set_error = 0;
  bool ignores = false; ///< Reports success and does nothing.

  explicit FakeSystem(std::size_t count) : processors(count), allowed(count) {
    std::iota(allowed.begin(), allowed.end(), 0);
  }

  AffinityCalls calls() {
    return {[this](std::size_t bytes, cpu_set_t* set) {
              if (get_error != 0) return -get_error;
              if (bytes * 8 < processors) return -EINVAL; // As Linux does.
              CPU_ZERO_S(bytes, set);
              for (const int cpu : allowed) CPU_SET_S(static_cast<std::size_t>(cpu), bytes, set);
              return 0;
            },
            [this](std::size_t bytes, const cpu_set_t* set) {
              if (set_error != 0) return -set_error;
              std::vector<int> wanted;
              for (std::size_t cpu = 0; cpu < std::min(processors, bytes * 8); ++cpu)
                if (CPU_ISSET_S(cpu, bytes, set)) wanted.push_back(static_cast<int>(cpu));
              if (wanted.empty()) return -EINVAL;
              if (!ignores) allowed = wanted;
              return 0;
            }};
  }
};

TEST(AllowedProcessors, AreAllOfMoreThanAThousand) {
  FakeSystem system(4096);
  const AllowedProcessors allowed = allowed_processors(system.calls());
  EXPECT_THAT(allowed.problem, IsEmpty());
  EXPECT_EQ(processor_list(allowed.processors), "0-4095");
}

TEST(Pinning, ReachesAProcessorBeyondAThousand) {
  FakeSystem system(4096);
  EXPECT_THAT(pin_to(3000, system.calls()), IsEmpty());
  EXPECT_EQ(system.allowed, std::vector{3000});
}

TEST(Pinning, ForAWhileLeavesTheProcessWhereItWas) {
  FakeSystem system(2048);
  std::vector<int> meanwhile;
  EXPECT_THAT(run_on(1500, [&] { meanwhile = system.allowed; }, system.calls()), IsEmpty());
  EXPECT_EQ(meanwhile, std::vector{1500});
  EXPECT_EQ(processor_list(system.allowed), "0-2047");
}

TEST(Pinning, ThatIsRefusedNamesTheCallTheReasonAndTheRemedy) {
  FakeSystem system(2);
  system.set_error = EPERM;
  EXPECT_EQ(
      pin_to(1, system.calls()),
      "sched_setaffinity(processor 1): Operation not permitted; a sandbox refuses the call: allow it in "
      "the container's seccomp profile, or run outside of the container");
  system.set_error = ENOSYS;
  EXPECT_THAT(pin_to(1, system.calls()), HasSubstr("Function not implemented; the sandbox or emulator"));
  system.set_error = 0;
  EXPECT_THAT(pin_to(7, system.calls()), HasSubstr("Invalid argument; the processor is offline"));
  system.ignores = true;
  EXPECT_THAT(pin_to(1, system.calls()), HasSubstr("reported success, but the process may still run on 0-1"));
}

TEST(Pinning, ForAWhileIsNotTriedWhereTheWayBackIsNotKnown) {
  FakeSystem system(2);
  system.get_error = EPERM;
  bool worked = false;
  EXPECT_THAT(run_on(
                  1, [&] { worked = true; }, system.calls()),
              HasSubstr("sched_getaffinity: Operation not permitted"));
  EXPECT_TRUE(worked);
  EXPECT_EQ(system.allowed, (std::vector{0, 1}));
}

TEST(AllowedProcessors, ThatAreRefusedAreNoneAndSayWhy) {
  FakeSystem system(2);
  for (const int error : {EPERM, ENOSYS, EINVAL}) {
    system.get_error = error;
    const AllowedProcessors allowed = allowed_processors(system.calls());
    EXPECT_THAT(allowed.processors, IsEmpty());
    EXPECT_THAT(allowed.problem, testing::StartsWith("sched_getaffinity: "));
  }
}

} // namespace
} // namespace dispatchbench
