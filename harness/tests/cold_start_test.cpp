// Cold starts: which moments are timed, and what ratios come of the times.
#include "measuring/cold_start.h"

#include "machine/observed_writes.h"
#include "machine/virtual_machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace dispatchbench {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::uint64_t> instructions_of(const std::vector<ColdMark>& marks) {
  std::vector<std::uint64_t> instructions;
  for (const ColdMark& mark : marks) instructions.push_back(mark.instructions);
  return instructions;
}

TEST(ColdMarks, the_write_nearest_in_proportion_is_taken_and_none_beyond_a_factor_of_1_5) {
  const std::vector<ColdMark> marks =
      nearest_marks({10, 7'000, 13'000, 14'000, 66'000, 151'000, 700'000, 1'400'000});
  EXPECT_THAT(instructions_of(marks), ElementsAre(13'000, 1'400'000));
  EXPECT_EQ(marks[0].distance, 0u);
  EXPECT_EQ(marks[0].write, 3u);
  EXPECT_EQ(marks[1].distance, 2u);
  EXPECT_EQ(marks[1].write, 8u);
  EXPECT_THAT(nearest_marks({}), IsEmpty());
}

TEST(ColdMarks, a_program_s_instructions_are_counted_up_to_its_writes) {
  Workload workload;
  // #0000 &loop INC2 DUP2 #0bb8 NEQ2 ?&loop "A" #18 DEO BRK
  workload.rom = {0xa0, 0x00, 0x00, 0x21, 0x26, 0xa0, 0x0b, 0xb8, 0x29,
                  0x20, 0xff, 0xf7, 0x80, 0x41, 0x80, 0x18, 0x17, 0x00};
  const std::vector<ColdMark> marks = cold_marks(workload, 1'000'000);
  // One LIT2, 3,000 turns of five instructions, LIT, LIT and the DEO itself: beyond 10^4 by a factor of 1.5.
  EXPECT_THAT(marks, IsEmpty());
  workload.rom[6] = 0x08; // 2,232 turns.
  EXPECT_THAT(instructions_of(cold_marks(workload, 1'000'000)), ElementsAre(1 + 5 * 2'232 + 3));
  EXPECT_THROW(cold_marks(workload, 5'000), std::exception);
}

TEST(ObservedWrites, each_write_is_seen_before_it_takes_effect_and_none_afterwards) {
  VirtualMachine machine;
  machine.reset({});
  std::vector<std::size_t> lengths;
  {
    const ObservedWrites observed(machine.machine(),
                                  [&] { lengths.push_back(machine.devices().output.size()); });
    machine.machine().deo(&machine.machine(), port::console_write, 'a');
    machine.machine().deo(&machine.machine(), port::console_write, 'b');
  }
  machine.machine().deo(&machine.machine(), port::console_write, 'c');
  EXPECT_THAT(lengths, ElementsAre(0, 1));
  EXPECT_EQ(machine.devices().output, "abc");
}

/// Two programs on two backends of one library, two processes each.
class ColdRatios : public ::testing::Test {
protected:
  ColdRatios() {
    library_.file.label = "lib";
    for (const char* name : {"short", "long"}) references_.emplace_back().workload.name = name;
    measurement_.processes = 2;
  }

  void add(std::size_t program, const std::string& backend, const std::vector<std::vector<double>>& writes) {
    ColdRow& cold = measurement_.rows.emplace_back();
    cold.row = {&references_[program], &library_, backend};
    for (std::size_t i = 0; i < writes.front().size(); ++i) cold.marks.push_back({i, i + 1, 1'000});
    for (const std::vector<double>& each : writes) cold.samples.push_back({0, each, 0, {}});
  }

  LibraryDescription library_;
  std::deque<ReferenceRun> references_;
  ColdMeasurement measurement_;
};

TEST_F(ColdRatios, are_geometric_means_over_the_programs_that_reach_the_distance) {
  add(0, "base", {{100}, {100}});
  add(1, "base", {{200, 1'000}, {200, 1'000}});
  add(0, "jit", {{400}, {400}});
  add(1, "jit", {{200, 250}, {200, 250}});
  const auto first = cold_ratio(measurement_, {"jit", "lib"}, {"base", "lib"}, 0);
  const auto second = cold_ratio(measurement_, {"jit", "lib"}, {"base", "lib"}, 1);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->programs, 2u);
  EXPECT_NEAR(first->ratio.estimate, 2, 1e-12); // The root of 4 times 1.
  EXPECT_EQ(second->programs, 1u);
  EXPECT_NEAR(second->ratio.estimate, 0.25, 1e-12);
  EXPECT_FALSE(cold_ratio(measurement_, {"jit", "lib"}, {"base", "lib"}, 2));
  EXPECT_FALSE(cold_ratio(measurement_, {"jit", "lib"}, {"gone", "lib"}, 0));
  EXPECT_DOUBLE_EQ(cold_nanoseconds(measurement_, {"jit", "lib"}, 0).value(), 0.3);
}

TEST_F(ColdRatios, memory_is_a_median_over_programs_of_medians_over_processes_that_tell) {
  add(0, "jit", {{100}, {100}});
  add(1, "jit", {{100}, {100}});
  EXPECT_FALSE(cold_memory(measurement_, {"jit", "lib"}));
  measurement_.rows[0].samples[0].memory = 4'096;
  EXPECT_EQ(cold_memory(measurement_, {"jit", "lib"}), 4'096);
  measurement_.rows[0].samples[1].memory = 8'192;
  measurement_.rows[1].samples[0].memory = measurement_.rows[1].samples[1].memory = 10'240;
  EXPECT_EQ(cold_memory(measurement_, {"jit", "lib"}), (6'144 + 10'240) / 2);
  EXPECT_FALSE(cold_memory(measurement_, {"base", "lib"}));
}

TEST_F(ColdRatios, pair_the_rows_of_one_process) {
  // Twice as slow in the second process, and so is the baseline: the ratio is certain.
  add(0, "base", {{100}, {200}});
  add(0, "jit", {{150}, {300}});
  const auto found = cold_ratio(measurement_, {"jit", "lib"}, {"base", "lib"}, 0);
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->ratio.low, 1.5, 1e-9);
  EXPECT_NEAR(found->ratio.high, 1.5, 1e-9);
}

} // namespace
} // namespace dispatchbench
