// Checks every backend against the reference interpreter on random states. Whole machines are compared, and
// their memory regions lie next to inaccessible pages.
//
// DISPATCHBENCH_SEED chooses other random states.

#include "backends_under_test.h"
#include "checking/describe_start.h"
#include "checking/random_states.h"
#include "machine/guarded_machine.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>

namespace dispatchbench::testing {
namespace {

constexpr std::uint64_t usual_seed = 20260401;
constexpr std::uint64_t states_per_opcode = 320;
constexpr std::uint64_t programs = 60'000;

// States that the reference doesn't end soon are dropped. At least this many must remain.
constexpr std::uint64_t fewest_single = 256 * states_per_opcode * 95 / 100;
constexpr std::uint64_t fewest_programs = programs * 85 / 100;
static_assert(fewest_single + fewest_programs > 100'000);

std::uint64_t base_seed() {
  const char* const chosen = std::getenv("DISPATCHBENCH_SEED");
  return chosen != nullptr ? std::strtoull(chosen, nullptr, 10) : usual_seed;
}

class Differential : public ::testing::TestWithParam<BackendUnderTest> {
protected:
  /// Runs `start_` on the reference and on the backend in both kinds of machine and compares the ends. False
  /// if the reference doesn't end.
  bool agrees(std::uint64_t index, std::uint64_t seed) {
    CrashReport::describe("making a random state", index, seed);
    if (!run_on_reference(*start_, *end_)) return false;
    for (GuardedMachine& machine : machines_) {
      machine.start_from(*start_);
      CrashReport::describe(GetParam().name.c_str(), index, seed);
      if (!GetParam().run(&machine.machine())) return true;
      if (const auto difference = first_difference({machine.machine(), machine.devices()}, *end_))
        ADD_FAILURE() << GetParam() << ", state " << index << " of seed " << seed << ": " << *difference
                      << "\n  started at " << describe_start(*start_);
    }
    return true;
  }

  std::unique_ptr<MachineState> start_ = std::make_unique<MachineState>();
  std::unique_ptr<MachineState> end_ = std::make_unique<MachineState>();
  GuardedMachines machines_ = guarded_machines();
  CrashReport crash_report_;
};

TEST_P(Differential, AgreesWithTheReferenceOnSingleInstructions) {
  const std::uint64_t seed = base_seed();
  std::uint64_t compared = 0;
  const std::uint64_t parts = random_parts_for(GetParam());
  for (std::uint64_t index = 0; index < 256 * states_per_opcode / parts && !HasFailure(); ++index) {
    make_single_instruction(*start_, static_cast<std::uint8_t>(index), seed + index);
    compared += agrees(index, seed) ? 1 : 0;
  }
  if (HasFailure()) return;
  fmt::print("{} states compared, each in two machines, seed {}\n", compared, seed);
  EXPECT_GE(compared, fewest_single / parts);
}

TEST_P(Differential, AgreesWithTheReferenceOnPrograms) {
  const std::uint64_t seed = base_seed();
  std::uint64_t compared = 0;
  const std::uint64_t parts = random_parts_for(GetParam());
  for (std::uint64_t index = 0; index < programs / parts && !HasFailure(); ++index) {
    make_program(*start_, seed + index);
    compared += agrees(index, seed) ? 1 : 0;
  }
  if (HasFailure()) return;
  fmt::print("{} programs compared, each in two machines, seed {}\n", compared, seed);
  EXPECT_GE(compared, fewest_programs / parts);
}

DISPATCHBENCH_TEST_EVERY_BACKEND(Differential);

} // namespace
} // namespace dispatchbench::testing
