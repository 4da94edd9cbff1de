// The cases of the check: who is to blame when the reference itself is wrong, and that cases survive as JSON.
#include "checking/case_list.h"

#include "checking/case_format.h"
#include "checking/random_states.h"
#include "machine/reference.h"
#include "system/errors.h"
#include "system/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

namespace dispatchbench {
namespace {

using ::testing::HasSubstr;

bool run_reference_interpreter(Machine* machine, std::uint64_t most) {
  InstructionProfile profile;
  return run_vector_on_reference(machine, profile, most);
}

/// As if the shared body of INC were wrong, which the reference and every C++ backend would agree on.
bool run_with_a_wrong_increment(Machine* machine, std::uint64_t most) {
  const bool is_inc = machine->ram[machine->pc] == 0x01;
  const bool ended = run_reference_interpreter(machine, most);
  if (is_inc) machine->working_stack[static_cast<std::uint8_t>(machine->wst - 1)] ^= 0x01;
  return ended;
}

bool never_ends(Machine*, std::uint64_t) { return false; }

std::string refusal(InterpreterFunction reference) {
  const std::string content = read_file(DISPATCHBENCH_SELECTED_VECTORS, "opcode vectors");
  try {
    make_case_list("vectors", content, reference);
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "made";
}

TEST(CaseList, blames_the_reference_for_a_vector_that_the_reference_fails) {
  const std::string text = refusal(run_with_a_wrong_increment);
  EXPECT_THAT(
      text,
      HasSubstr("the reference interpreter, which is part of this program, fails opcode vector \"INC "));
  EXPECT_THAT(text, HasSubstr("found"));
  EXPECT_THAT(text, HasSubstr("No backend is to blame"));
  EXPECT_THAT(refusal(never_ends), HasSubstr("doesn't end within 2000 instructions"));
}

TEST(CaseList, has_every_opcode_and_thousands_of_programs) {
  const std::string content = read_file(DISPATCHBENCH_SELECTED_VECTORS, "opcode vectors");
  const CaseList list = make_case_list("vectors", content);
  EXPECT_GT(list.vectors, 8'000u / check_parts);
  EXPECT_EQ(list.cases.size() - list.vectors, 4'000u / check_parts);
  std::array<bool, 256> opcodes{};
  for (std::size_t i = 0; i < list.vectors; ++i) {
    const auto start = list.cases[i].start_state();
    opcodes[start->ram[start->pc]] = true;
  }
  EXPECT_THAT(opcodes, ::testing::Each(true));
}

TEST(CaseFormat, keeps_starts_and_ends_whole) {
  const auto start = std::make_unique<MachineState>();
  const auto end = std::make_unique<MachineState>();
  const auto copy = std::make_unique<MachineState>();
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Surroundings surroundings = make_program(*start, seed);
    case_start_from_json(nlohmann::ordered_json::parse(case_start_text(*start, surroundings)))
        .write_to(*copy);
    EXPECT_EQ(first_difference(*copy, *start), std::nullopt);
    if (!run_on_reference(*start, *end)) continue;
    apply_case_end(nlohmann::ordered_json::parse(case_end_text(*end, *start)), *copy);
    EXPECT_EQ(first_difference(*copy, *end), std::nullopt);
  }
}

} // namespace
} // namespace dispatchbench
