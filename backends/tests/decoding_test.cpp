// Checks what the backends that decode a program have decoded before it is reached (threaded/decoding.h). No
// result shows that, only time.

#include "threaded/decoding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <numeric>
#include <vector>

namespace dispatchbench::testing {
namespace {

using enum Opcode;
using ::testing::ElementsAre;
using ::testing::Pair;

/// An opcode's is the opcode.
using Number = std::uint16_t;
constexpr Number undecoded = 256;
constexpr Number undecodable = 257;
constexpr Number wrapping = 258;
constexpr Number past_the_end = 259;
constexpr Number inc_inc = 260;

constexpr std::array<Number, 256> number_of = [] {
  std::array<Number, 256> numbers{};
  std::iota(numbers.begin(), numbers.end(), Number{0});
  return numbers;
}();
constexpr SequenceTable<Number, 1> sequences{std::array{fused_sequence<INC, INC>(inc_inc)}};
constexpr HandlerSet<Number, 1> handlers{number_of, sequences, undecodable, wrapping};

struct Program : DecodedProgram<Number> {};

class Decoding : public ::testing::Test {
protected:
  /// Puts opcodes and numbers at `address`.
  template <class... Items> void put(std::size_t address, Items... items) {
    for (const int item : {static_cast<int>(items)...}) ram_[address++] = static_cast<std::uint8_t>(item);
  }

  void decode_from(std::size_t pc) { decode<handlers>(*program_, ram_.data(), pc); }

  /// What is decoded, by address.
  std::map<std::size_t, int> found() const {
    std::map<std::size_t, int> result;
    for (std::size_t address = 0; address < ram_bytes; ++address)
      if (!program_->is_undecoded(address)) result[address] = program_->handlers[address];
    return result;
  }

  static auto opcode(std::size_t address, Opcode opcode) { return Pair(address, static_cast<int>(opcode)); }

  Program& program() { return *program_; }

private:
  std::vector<std::uint8_t> ram_ = std::vector<std::uint8_t>(ram_bytes);
  Machine machine_{};
  std::unique_ptr<Program, decltype(&std::free)> program_{
      make_decoded_program<Program>(&machine_, undecoded, past_the_end), &std::free};
};

TEST_F(Decoding, goes_on_to_the_end_of_the_vector) {
  put(0x100, LIT, 1, POP, BRK, ADD);
  decode_from(0x100);
  EXPECT_THAT(found(), ElementsAre(opcode(0x100, LIT), opcode(0x102, POP), opcode(0x103, BRK)));
}

TEST_F(Decoding, goes_on_behind_immediate_jumps_and_where_they_lead) {
  put(0x100, JSI, 0, 0xd, JCI, 0, 0xb, JMI, 0, 9, ADD);
  put(0x110, SUB);
  put(0x111, JMP2r);
  put(0x112, POP);
  decode_from(0x100);
  EXPECT_THAT(found(),
              ElementsAre(opcode(0x100, JSI), opcode(0x103, JCI), opcode(0x106, JMI), opcode(0x110, SUB),
                          opcode(0x111, JMP2r), opcode(0x112, POP), opcode(0x113, BRK)));
}

TEST_F(Decoding, goes_on_where_a_literal_sends_a_jump) {
  put(0x100, LIT2, 2, 0, JSR2, LIT, 0x80, JCN, LIT2, 3, 0, JMP2);
  decode_from(0x100);
  EXPECT_THAT(found(), ElementsAre(opcode(0x087, BRK), opcode(0x100, LIT2), opcode(0x103, JSR2),
                                   opcode(0x104, LIT), opcode(0x106, JCN), opcode(0x107, LIT2),
                                   opcode(0x10a, JMP2), opcode(0x200, BRK), opcode(0x300, BRK)));
}

TEST_F(Decoding, stops_where_a_jump_leads_to_an_unknown_place) {
  put(0x100, POP, JMP2r, ADD);
  decode_from(0x100);
  EXPECT_THAT(found(), ElementsAre(opcode(0x100, POP), opcode(0x101, JMP2r)));
}

TEST_F(Decoding, takes_a_sequence_as_one_and_watches_all_its_opcodes) {
  put(0x100, INC, INC, ADD);
  decode_from(0x100);
  EXPECT_THAT(found(), ElementsAre(Pair(0x100, inc_inc), opcode(0x102, ADD), opcode(0x103, BRK)));
  EXPECT_TRUE(program().is_watched(0x101));
}

TEST_F(Decoding, goes_around_the_end_of_memory_only_by_a_jump) {
  put(0xfffd, JMI, 0, 2);
  decode_from(0xfffd);
  EXPECT_THAT(found(), ElementsAre(opcode(2, BRK), opcode(0xfffd, JMI)));
}

TEST_F(Decoding, stops_at_an_operand_that_wraps_around) {
  put(0xfffe, JMI, 0);
  decode_from(0xfffe);
  EXPECT_THAT(found(), ElementsAre(Pair(0xfffe, wrapping)));
}

TEST_F(Decoding, decodes_what_is_reached_when_nothing_may_be_decoded_in_advance) {
  put(0x100, ADD, SUB, MUL, DIV);
  program().lookahead = 2;
  decode_from(0x100);
  EXPECT_THAT(found(), ElementsAre(opcode(0x100, ADD), opcode(0x101, SUB), opcode(0x102, MUL)));
  decode_from(0x103);
  EXPECT_EQ(found().size(), 4U);
  EXPECT_EQ(program().lookahead, 0U);
}

TEST_F(Decoding, gives_up_an_opcode_that_is_always_rewritten_and_no_longer_watches_it) {
  put(0x100, ADD);
  for (int time = 0; time < Program::rewrites_max; ++time) {
    decode_from(0x100);
    EXPECT_TRUE(program().is_watched(0x100));
    program().forget(0x100, sequences.reach);
  }
  decode_from(0x100);
  EXPECT_THAT(found(), ElementsAre(Pair(0x100, undecodable), opcode(0x101, BRK)));
  EXPECT_FALSE(program().is_watched(0x100));
}

} // namespace
} // namespace dispatchbench::testing
