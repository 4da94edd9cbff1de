// Backends that can be suspended: at every budget a vector ends as it does without, in whatever order
// machines take turns, and no budget is exceeded.
#include "backends_under_test.h"
#include "checking/describe_start.h"
#include "checking/random_states.h"
#include "interleaving.h"
#include "machine/guarded_machine.h"
#include "machine/virtual_machine.h"
#include "subjects/reference_run.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <memory>

namespace dispatchbench::testing {
namespace {

std::vector<BackendUnderTest> budgeted_backends() {
  std::vector<BackendUnderTest> found = backends_under_test();
  std::erase_if(found, [](const BackendUnderTest& each) {
    return (each.backend->flags & DISPATCHBENCH_BUDGETED) == 0;
  });
  return found;
}

class Suspension : public ::testing::TestWithParam<BackendUnderTest> {
protected:
  /// Runs `bytes` from `address` on until the backend returns, whatever it has done until then.
  Machine& run(std::uint16_t address, const std::vector<std::uint8_t>& bytes, std::int64_t budget) {
    virtual_machine_.reset({});
    Machine& machine = virtual_machine_.machine();
    for (std::size_t i = 0; i < bytes.size(); ++i)
      machine.ram[static_cast<std::uint16_t>(address + i)] = bytes[i];
    machine.pc = address;
    machine.budget = budget;
    CrashReport::describe(GetParam().name.c_str(), 0, 0);
    GetParam().backend->run(&machine);
    return machine;
  }

  VirtualMachine virtual_machine_;
  CrashReport crash_report_;
};

TEST_P(Suspension, random_programs_end_alike_at_every_budget) {
  constexpr std::uint64_t seed = 20261127;
  const auto start = std::make_unique<MachineState>();
  const auto end = std::make_unique<MachineState>();
  GuardedMachines machines = guarded_machines();
  std::uint64_t pauses = 0;
  std::uint64_t compared = 0;
  for (std::uint64_t index = 0; index < 8'000 && !HasFailure(); ++index) {
    make_program(*start, seed + index);
    if (!run_on_reference(*start, *end)) continue;
    for (const std::int64_t budget : {0, 1, 2, 3, 7, 100}) {
      GuardedMachine& guarded = machines[index % machines.size()];
      guarded.start_from(*start);
      CrashReport::describe(GetParam().name.c_str(), index, seed);
      SlicedVector vector = run_in_slices(*GetParam().backend, guarded.machine(), budget);
      for (vector.resume(); !vector.has_ended(); vector.resume()) ++pauses;
      ++compared;
      if (const auto difference = first_difference({guarded.machine(), guarded.devices()}, *end))
        ADD_FAILURE() << GetParam() << ", state " << index << ", budget " << budget << ": " << *difference
                      << "\n  started at " << describe_start(*start);
    }
  }
  fmt::print("{} runs compared, suspended {} times\n", compared, pauses);
  EXPECT_GT(compared, 30'000u);
  EXPECT_GT(pauses, 5'000u);
}

TEST_P(Suspension, each_jump_backward_counts_one) {
  // LIT 00, then INC and a jump back to it, for ever.
  for (const std::int64_t budget : {0, 1, 2, 3, 7, 100}) {
    const Machine& machine = run(0x100, {0x80, 0x00, 0x01, 0x40, 0xff, 0xfc}, budget);
    EXPECT_EQ(machine.budget, -1);
    EXPECT_EQ(machine.pc, 0x102);
    EXPECT_EQ(machine.working_stack[0], budget + 1);
  }
}

TEST_P(Suspension, each_call_counts_one_and_a_jump_forward_nothing) {
  std::vector<std::uint8_t> calls; // To what follows each.
  for (int i = 0; i < 10; ++i) calls.insert(calls.end(), {0x60, 0x00, 0x00});
  EXPECT_EQ(run(0x100, calls, 3).pc, 0x100 + 4 * 3);
  EXPECT_EQ(run(0x100, calls, 9).budget, 9 - 10);
  std::vector<std::uint8_t> jumps;
  for (int i = 0; i < 10; ++i) jumps.insert(jumps.end(), {0x40, 0x00, 0x00});
  EXPECT_EQ(run(0x100, jumps, 0).budget, 0);
}

TEST_P(Suspension, loops_that_only_wrap_around_are_suspended_too) {
  // A jump to itself whose operand ends memory.
  EXPECT_LT(run(0xfffd, {0x40, 0xff, 0xfd}, 20).budget, 0);
  // POP below the stack, LIT into its last byte, JMP by that back to the POP.
  EXPECT_LT(run(0x100, {0x02, 0x80, 0xfc, 0x0c}, 20).budget, 0);
}

TEST_P(Suspension, machines_that_take_turns_end_as_they_do_alone) {
  struct Running {
    ReferenceRun reference;
    VirtualMachine machine;
  };
  std::deque<Running> all;
  for (Workload& workload : read_workloads(DISPATCHBENCH_WORKLOADS, "fib|sieve|dijkstra|life|self_modifying"))
    all.emplace_back().reference = run_unchecked(workload, 100'000'000);
  ASSERT_EQ(all.size(), 5u);
  for (const std::int64_t budget : {1'000, 9'973, 1'000'000}) {
    std::vector<SlicedVector> vectors;
    for (Running& each : all) {
      each.machine.reset(each.reference.workload.rom);
      vectors.push_back(run_in_slices(*GetParam().backend, each.machine.machine(), budget));
    }
    CrashReport::describe(GetParam().name.c_str(), static_cast<std::uint64_t>(budget), 0);
    const std::uint64_t slices = interleave(vectors);
    EXPECT_GE(slices, (budget < 10'000 ? 6 : 1) * all.size());
    for (const Running& each : all)
      EXPECT_EQ(digest_of(each.machine.state()), each.reference.digest)
          << each.reference.workload.name << " at budget " << budget;
  }
}

INSTANTIATE_TEST_SUITE_P(Backend, Suspension, ::testing::ValuesIn(budgeted_backends()),
                         [](const auto& parameter) { return parameter.param.name; });

} // namespace
} // namespace dispatchbench::testing
