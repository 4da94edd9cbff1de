// Checks the reference interpreter and every backend against the conformance vectors, which come from a
// Python model of the instruction set.

#include "backends_under_test.h"
#include "checking/case_format.h"
#include "checking/describe_start.h"
#include "machine/guarded_machine.h"
#include "machine/reference.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <functional>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>

namespace dispatchbench::testing {
namespace {

// The generator leaves out programs that need more.
constexpr std::uint64_t max_instructions = 2'000;

// With fewer vectors, something is wrong with the generator.
constexpr std::size_t fewest_vectors = 25'000;

// How many differences are printed: a broken opcode makes hundreds.
constexpr int most_reported = 10;

struct Vector {
  std::string name;
  std::uint64_t line = 0;
  MachineState start;
  MachineState end;
};

void read_vector(const std::string& line, Vector& vector) {
  const auto object = nlohmann::ordered_json::parse(line);
  object.at("name").get_to(vector.name);
  case_start_from_json(object).write_to(vector.start);
  vector.end = vector.start;
  apply_case_end(object.at("end"), vector.end);
}

/// Calls `check` with every vector of the file, or one of `parts`, and returns how many the file has.
std::size_t for_each_vector(std::size_t parts, const std::function<void(const Vector&)>& check) {
  std::ifstream file(DISPATCHBENCH_VECTORS);
  if (!file)
    throw std::runtime_error("no vectors in " DISPATCHBENCH_VECTORS
                             "; building the target conformance_vectors makes them");
  const auto vector = std::make_unique<Vector>();
  std::size_t count = 0;
  for (std::string line; std::getline(file, line);) {
    vector->line = ++count;
    if (count % parts != 0) continue;
    read_vector(line, *vector);
    check(*vector);
  }
  return count;
}

/// Runs every vector, or one of `parts`, with `run` in both kinds of guarded machine and reports differences.
void check_vectors(const std::string& name, std::size_t parts, const std::function<bool(Machine*)>& run) {
  GuardedMachines machines = guarded_machines();
  const CrashReport crash_report;
  int different = 0;
  const std::size_t count = for_each_vector(parts, [&](const Vector& vector) {
    for (GuardedMachine& machine : machines) {
      machine.start_from(vector.start);
      CrashReport::describe(name.c_str(), vector.line, 0);
      if (!run(&machine.machine())) continue; // Refused.
      const auto difference = first_difference({machine.machine(), machine.devices()}, vector.end);
      if (difference && ++different <= most_reported)
        ADD_FAILURE() << name << ", line " << vector.line << " of " << DISPATCHBENCH_VECTORS << ", \""
                      << vector.name << "\": " << *difference << "\n  started at "
                      << describe_start(vector.start);
    }
  });
  fmt::print("{} vectors, each in two machines, {} runs differ\n", count / parts, different);
  EXPECT_EQ(different, 0);
  EXPECT_GE(count, fewest_vectors);
}

// Both in one: reading the file takes as long as running it.
TEST(Vectors, StartWithEveryOpcodeAndTheReferenceInterpreterEndsAsExpected) {
  InstructionProfile profile;
  std::set<std::uint8_t> opcodes;
  check_vectors("the reference interpreter", 1, [&](Machine* machine) {
    opcodes.insert(machine->ram[machine->pc]);
    profile.total = 0;
    EXPECT_TRUE(run_vector_on_reference(machine, profile, max_instructions));
    return true;
  });
  EXPECT_EQ(opcodes.size(), 256u);
}

class BackendVectors : public ::testing::TestWithParam<BackendUnderTest> {};

TEST_P(BackendVectors, EndAsExpected) {
  check_vectors(GetParam().name, parts_for(GetParam()),
                [](Machine* machine) { return GetParam().run(machine); });
}

DISPATCHBENCH_TEST_EVERY_BACKEND(BackendVectors);

} // namespace
} // namespace dispatchbench::testing
