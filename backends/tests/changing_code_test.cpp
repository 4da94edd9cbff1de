// Checks every backend on programs that change their code after it has run: by each store, in each place,
// through a device, between vectors, ten thousand times over. A backend that decodes or compiles must notice.
// Several vectors run on what it has prepared once, in two machines with different programs in turn.

#include "backends_under_test.h"
#include "checking/describe_start.h"
#include "isa/opcode.h"
#include "machine/guarded_machine.h"
#include "machine/reference.h"
#include "sampling/program_run.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace dispatchbench::testing {
namespace {

using enum Opcode;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint64_t most_instructions = 2'000'000;

/// Opcodes and numbers as bytes.
template <class... Items> Bytes code(Items... items) { return {static_cast<std::uint8_t>(items)...}; }

Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

std::uint8_t high(unsigned address) { return static_cast<std::uint8_t>(address >> 8); }
std::uint8_t low(unsigned address) { return static_cast<std::uint8_t>(address); }

/// JMI from `at` to `target`.
Bytes jump(unsigned at, unsigned target) { return code(JMI, high(target - at - 3), low(target - at - 3)); }

/// A program in memory and where its vectors start.
struct Scenario {
  std::string name;
  MachineState start;
  std::vector<unsigned> entries;
  bool changes_between = false; ///< A device makes the worker's operation SUB before the second vector.

  void put(unsigned address, const Bytes& bytes) {
    for (const std::uint8_t byte : bytes) start.ram[address++ & 0xffff] = byte;
  }
};

/// 03 and 04 pushed, then an operation at `operation`.
constexpr unsigned worker = 0x40;
constexpr unsigned operation = worker + 4;
Bytes worker_code() { return code(LIT, 3, LIT, 4, ADD, BRK); }

/// A program whose second vector changes the worker's operation with the store of this row and mode, and goes
/// on there; with a short either byte hits it.
Scenario rewriting_by(Opcode base, bool shorts, bool returns, bool keep, bool second_byte) {
  const unsigned byte =
      static_cast<unsigned>(base) | (shorts ? 0x20U : 0) | (returns ? 0x40U : 0) | (keep ? 0x80U : 0);
  Scenario scenario{std::string(opcode_table[byte].mnemonic), {}, {}};
  scenario.put(worker, worker_code());
  const unsigned at = 0x60;
  const unsigned place = second_byte ? operation - 1 : operation;
  const auto lit = returns ? LITr : LIT;
  const auto lit2 = returns ? LIT2r : LIT2;
  Bytes bytes = !shorts ? code(lit, SUB) : second_byte ? code(lit2, 9, SUB) : code(lit2, SUB, BRK);
  if (base == STA) {
    bytes = bytes + code(lit2, high(place), low(place));
  } else if (base == STZ) {
    bytes = bytes + code(lit, place);
  } else {
    const unsigned next = at + static_cast<unsigned>(bytes.size()) + 3;
    bytes = bytes + code(lit, place - next);
  }
  bytes.push_back(static_cast<std::uint8_t>(byte));
  scenario.put(at, bytes + jump(at + static_cast<unsigned>(bytes.size()), worker));
  scenario.entries = {worker, at, worker, operation, at};
  return scenario;
}

std::vector<Scenario> rewriting_by_every_store() {
  std::vector<Scenario> scenarios;
  for (const Opcode base : {STZ, STR, STA})
    for (unsigned mode = 0; mode < 16; ++mode) {
      const bool shorts = (mode & 1) != 0;
      const bool second_byte = (mode & 8) != 0;
      if (shorts || !second_byte)
        scenarios.push_back(rewriting_by(base, shorts, (mode & 2) != 0, (mode & 4) != 0, second_byte));
    }
  return scenarios;
}

/// The same with the operands across the end of a stack, so that the store itself is a rare case.
std::vector<Scenario> rewriting_with_wrapped_stacks() {
  std::vector<Scenario> scenarios = rewriting_by_every_store();
  for (Scenario& scenario : scenarios) {
    scenario.start.wst = 0xff;
    scenario.start.rst = 0xfe;
  }
  return scenarios;
}

/// A device overwrites the operation, and then the opcode behind the DEO itself.
std::vector<Scenario> rewriting_by_a_device() {
  Scenario far{"a device writes elsewhere", {}, {}};
  const Bytes record = code(0, 0, 1, 0, 0, 0, operation, SUB); // Fills one byte.
  far.put(worker, worker_code());
  far.put(0x90, record);
  far.put(0x100, code(LIT2, 0, 0x90, LIT, 2, DEO2) + jump(0x106, worker));
  far.entries = {worker, 0x100, worker, 0x100};

  Scenario next{"a device writes the next opcode", {}, {}};
  next.put(0x90, code(0, 0, 1, 0, 0, 1, 0x0a, SUB));
  next.put(0x100, code(LIT, 9, LIT, 2, LIT2, 0, 0x90, LIT, 2, DEO2, ADD, BRK));
  next.entries = {0x10a, 0x100, 0x10a, 0x100};

  Scenario bytewise = next;
  bytewise.name = "a device is started by a byte";
  bytewise.put(0x100, code(LIT, 0, LIT, 2, DEO, LIT, 0x90, LIT, 3, DEO, ADD, BRK));
  bytewise.entries = {0x100, 0x10a, 0x100};

  std::vector<Scenario> scenarios = {far, next, bytewise};
  for (Scenario wrapped : {far, next, bytewise}) { // Its operands lie across the end of the stack.
    wrapped.name += ", across the end of the stack";
    wrapped.start.wst = 0xfd;
    scenarios.push_back(wrapped);
  }
  Scenario between{"a device writes between vectors", {}, {worker, worker, operation}, true};
  between.put(worker, worker_code());
  scenarios.push_back(between);
  return scenarios;
}

/// What turns ADD into SUB and back.
constexpr unsigned alternate = static_cast<unsigned>(ADD) ^ static_cast<unsigned>(SUB);

/// An operation that alternates between ADD and SUB ten thousand times.
Scenario alternating() {
  Scenario scenario{"an opcode alternates", {}, {0x100, 0x103, 0x100}};
  scenario.put(0x100, code(LIT2, 0x27, 0x10));
  scenario.put(0x103, code(LIT, 9, LIT, 5, ADD, POP, // 0107 is the operation.
                           LIT2, 1, 7, LDAk, LIT, alternate, EOR, ROT, ROT, STA, LIT2, 0, 1, SUB2, ORAk));
  const unsigned at = 0x103 + 22;
  scenario.put(at, code(JCI, high(0x103 - at - 3), low(0x103 - at - 3), POP2, BRK));
  return scenario;
}

/// A loop that writes each byte of itself anew, with the value it has, again and again.
Scenario rewriting_itself() {
  Scenario scenario{"a loop rewrites itself", {}, {0x100, 0x100}};
  scenario.put(0x100, code(LIT2, 0x13, 0x88));
  scenario.put(0x103, code(LIT, 1, LIT, 0, LDZ, LDAk, ROT, ROT, STA, LIT, 0, LDZ, INC, LIT, 0x3f, AND, LIT, 0,
                           STZ, LIT2, 0, 1, SUB2, ORAk));
  const unsigned at = 0x103 + 24;
  scenario.put(at, code(JCI, high(0x103 - at - 3), low(0x103 - at - 3), POP2, BRK));
  return scenario;
}

/// Code across the end of memory, entered in each place, and rewritten there.
std::vector<Scenario> at_the_end_of_memory() {
  std::vector<Scenario> scenarios;
  for (unsigned opcode = 0; opcode < 256; ++opcode) {
    Scenario scenario{fmt::format("{} at ffff", opcode_table[opcode].mnemonic), {}, {}};
    scenario.put(0xffff, code(opcode, BRK, BRK, BRK));
    scenario.put(0xfff8, code(LIT2, 0x12, 0x34, LIT, 0x56, INC, INC));
    scenario.put(0xfffe, code(POP));
    scenario.start.wst = 8;
    scenario.start.rst = 8;
    scenario.entries = {0xffff, 0xfffe, 0xfff8};
    scenarios.push_back(scenario);
  }
  Scenario across{"code across the end is rewritten", {}, {0xfffa, 0x100, 0xffff, 0xfffa, 0x0000}};
  across.put(0xfffa, code(LIT, 3, LIT, 4, LIT, 5, ADD, SUB, BRK));
  across.put(0x100, code(LIT2, 2, SUB, LIT2, 0xff, 0xff, STA2) + jump(0x107, 0xfffa));
  scenarios.push_back(across);

  Scenario often{"the last opcode is rewritten again and again", {}, {}};
  often.put(0x100, code(LIT, LIT, LIT2, 0xff, 0xff, STA) + jump(0x106, 0xffff));
  often.put(0x200, code(LIT, LITr, LIT2, 0xff, 0xff, STA) + jump(0x206, 0xffff));
  for (int i = 0; i < 20; ++i) often.entries.push_back(i % 2 == 0 ? 0x100 : 0x200);
  scenarios.push_back(often);
  return scenarios;
}

/// One of each `parts` scenarios, the last one always.
std::vector<Scenario> some_of(const std::vector<Scenario>& all, std::size_t parts) {
  std::vector<Scenario> some;
  for (std::size_t i = (all.size() - 1) % parts; i < all.size(); i += parts) some.push_back(all[i]);
  return some;
}

/// The sequences that backends/threaded fuses, as code: with distances of 0, so that no jump leads away.
std::vector<Bytes> fused_sequences() {
  const std::vector<Bytes> listed = {
#define DISPATCHBENCH_SEQUENCE(rank, ...) code(__VA_ARGS__),
#include "threaded/sequences.inc"
#undef DISPATCHBENCH_SEQUENCE
  };
  std::vector<Bytes> found;
  for (const Bytes& sequence : listed) {
    const Row last = opcode_table[sequence.back()].row;
    if (last != Row::JMP && last != Row::JCN && last != Row::JSR) found.push_back(sequence);
  }
  return found;
}

/// Straight code of frequent opcodes and sequences in which one after the other is replaced, with entries in
/// every place.
Scenario random_code(std::uint32_t seed) {
  std::mt19937 random(seed); // The same on every machine, unlike distributions.
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
  const Bytes frequent =
      code(LIT, LIT2, LIT, LIT2, LITr, INC, INC2, POP, POP2, NIP, SWP, SWP2, ROT, DUP, DUP2, OVR, OVR2, EQU,
           EQUk, NEQ2, GTH, LTH, LTHk, STH, STHr, STH2, STH2r, STH2kr, LDZ, LDZ2, LDA, LDAk, LDA2, LDR, ADD,
           ADD2, SUB, SUB2, AND, ORA, ORAk, EOR, SFT, SFT2, MUL2, DIV, INC2r, ADD2r, POP2r, DEI);
  Scenario scenario{fmt::format("random code {}", seed), {}, {}};
  scenario.start.wst = 20;
  scenario.start.rst = 20;
  for (std::size_t i = 0; i < scenario.start.working_stack.size(); ++i)
    scenario.start.working_stack[i] = scenario.start.return_stack[i] = static_cast<std::uint8_t>(random());
  std::vector<unsigned> opcodes;
  unsigned at = 0x200;
  const auto append = [&](std::uint8_t opcode) {
    opcodes.push_back(at);
    scenario.put(at++, code(opcode));
    const Row row = opcode_table[opcode].row;
    if (row == Row::LIT)
      for (int i = opcode_table[opcode].shorts ? 2 : 1; i > 0; --i) scenario.put(at++, code(random()));
    else if (row == Row::JCI || row == Row::JMI || row == Row::JSI)
      at += 2;
  };
  const std::vector<Bytes> sequences = fused_sequences();
  for (int count = 0; count < 12; ++count) {
    append(frequent[below(frequent.size())]);
    for (const std::uint8_t opcode : sequences[below(sequences.size())]) append(opcode);
  }
  scenario.put(at, code(BRK));
  unsigned changer = 0x400;
  scenario.entries = {0x200};
  for (int count = 0; count < 12; ++count) {
    const unsigned place = opcodes[below(opcodes.size())];
    const Bytes store = below(2) == 0
                            ? code(LIT, frequent[below(frequent.size())], LIT2, high(place), low(place), STA)
                            : code(LIT2, random(), frequent[below(frequent.size())], LIT2, high(place - 1),
                                   low(place - 1), STA2);
    const unsigned then = opcodes[below(opcodes.size())];
    scenario.put(changer, store + jump(changer + static_cast<unsigned>(store.size()), then));
    scenario.entries.push_back(changer);
    scenario.entries.push_back(opcodes[below(opcodes.size())]);
    changer += 16;
  }
  return scenario;
}

/// A machine of the backend and one of the reference, which run the same vectors.
class Running {
public:
  explicit Running(const BackendUnderTest& backend)
      : backend_(backend), machine_(Guard::behind), reference_(Guard::in_front) {}

  bool start(const Scenario& scenario) {
    scenario_ = &scenario;
    ended_ = false;
    machine_.start_from(scenario.start);
    reference_.start_from(scenario.start);
    return backend_.prepare(&machine_.machine());
  }
  void run_vector(std::size_t index) {
    if (ended_ || index >= scenario_->entries.size()) return;
    const auto pc = static_cast<std::uint16_t>(scenario_->entries[index]);
    if (scenario_->changes_between && index == 1)
      for (Machine* const machine : {&machine_.machine(), &reference_.machine()}) {
        machine->ram[operation] = static_cast<std::uint8_t>(SUB);
        ++machine->ram_changes;
      }
    InstructionProfile profile;
    reference_.machine().pc = pc;
    if (!run_vector_on_reference(&reference_.machine(), profile, most_instructions)) {
      ended_ = true; // What the program became doesn't end.
      return;
    }
    machine_.machine().pc = pc;
    dispatchbench::run_vector(*backend_.backend, &machine_.machine());
    ++compared;
    const auto difference = first_difference({machine_.machine(), machine_.devices()},
                                             {reference_.machine(), reference_.devices()});
    if (!difference) return;
    ended_ = true;
    ADD_FAILURE() << backend_ << ", " << scenario_->name << ", vector " << index << " at "
                  << fmt::format("{:04x}", pc) << ": " << *difference;
  }
  void end() { backend_.release(&machine_.machine()); }

  std::size_t compared = 0;

private:
  const BackendUnderTest& backend_;
  GuardedMachine machine_;
  GuardedMachine reference_;
  const Scenario* scenario_ = nullptr;
  bool ended_ = false;
};

class ChangingCode : public ::testing::TestWithParam<BackendUnderTest> {
protected:
  /// Runs the scenarios two at a time, a vector of each in turn, and returns how many vectors were compared.
  std::size_t check(const std::vector<Scenario>& scenarios) {
    Running first(GetParam());
    Running second(GetParam());
    for (std::size_t i = 0; i < scenarios.size(); ++i) {
      CrashReport::describe(scenarios[i].name.c_str(), i, 0);
      const Scenario& other = scenarios[(i + 1) % scenarios.size()];
      const bool both[] = {first.start(scenarios[i]), second.start(other)};
      for (std::size_t vector = 0; vector < scenarios[i].entries.size(); ++vector) {
        if (both[0]) first.run_vector(vector);
        if (both[1]) second.run_vector(vector);
      }
      if (both[0]) first.end();
      if (both[1]) second.end();
      refused_ += both[0] ? 0 : 1;
    }
    return first.compared;
  }

  std::size_t refused_ = 0;
  CrashReport crash_report_;
};

TEST_P(ChangingCode, ByEveryStore) {
  const std::vector<Scenario> scenarios = rewriting_by_every_store();
  EXPECT_GE(check(scenarios), (scenarios.size() - refused_) * 5);
}

TEST_P(ChangingCode, ByEveryStoreThatWrapsAround) {
  const std::vector<Scenario> scenarios = rewriting_with_wrapped_stacks();
  EXPECT_GE(check(scenarios), (scenarios.size() - refused_) * 5);
}

TEST_P(ChangingCode, ByADevice) {
  const std::vector<Scenario> scenarios = rewriting_by_a_device();
  EXPECT_GE(check(scenarios), (scenarios.size() - refused_) * 3);
}

TEST_P(ChangingCode, ThousandsOfTimes) {
  const std::vector<Scenario> scenarios = {alternating(), rewriting_itself()};
  EXPECT_GE(check(scenarios), (scenarios.size() - refused_) * 2);
}

TEST_P(ChangingCode, AtTheEndOfMemory) {
  const std::vector<Scenario> scenarios = some_of(at_the_end_of_memory(), parts_for(GetParam()));
  EXPECT_GE(check(scenarios), (scenarios.size() - refused_) * 2);
}

TEST_P(ChangingCode, AtRandom) {
  const auto most = static_cast<std::uint32_t>(600 / random_parts_for(GetParam()));
  std::vector<Scenario> scenarios;
  for (std::uint32_t seed = 0; seed < most; ++seed) scenarios.push_back(random_code(seed));
  EXPECT_GE(check(scenarios), (scenarios.size() - refused_) * 12);
}

DISPATCHBENCH_TEST_EVERY_BACKEND(ChangingCode);

} // namespace
} // namespace dispatchbench::testing
