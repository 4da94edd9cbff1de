#include "checking/random_states.h"

#include "checking/case_format.h"
#include "isa/opcode.h"
#include "machine/guarded_machine.h"
#include "machine/reference.h"

#include <array>
#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <span>

namespace dispatchbench {
namespace {

/// Steele, Lea and Flood's SplitMix64: the same numbers on every machine, and any seed will do.
class Random {
public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// 0 to `limit` - 1. The bias doesn't matter with such small limits.
  unsigned below(unsigned limit) { return static_cast<unsigned>(next() >> 33) % limit; }
  bool percent(unsigned chance) { return below(100) < chance; }
  std::uint8_t byte() { return static_cast<std::uint8_t>(next() >> 40); }
  std::uint16_t word() { return static_cast<std::uint16_t>(next() >> 40); }
  template <class Value> Value one_of(std::initializer_list<Value> values) {
    return values.begin()[below(static_cast<unsigned>(values.size()))];
  }
  void fill(std::span<std::uint8_t> bytes) {
    for (std::size_t i = 0; i < bytes.size(); i += sizeof(std::uint64_t)) {
      const std::uint64_t value = next();
      std::memcpy(&bytes[i], &value, sizeof(value));
    }
  }

private:
  std::uint64_t state_;
};

// Operands that make a difference: ends of ranges, sign bits, ports that act, the end of the zero page.
std::uint8_t interesting_byte(Random& random) {
  return random.one_of<std::uint8_t>({0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x0f, 0x10, 0x11, 0x12,
                                      0x17, 0x18, 0x19, 0x7f, 0x80, 0x81, 0xf0, 0xfd, 0xfe, 0xff});
}

std::uint8_t stack_end(Random& random) {
  return random.one_of<std::uint8_t>(
      {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff});
}

void put(MachineState& state, unsigned address, std::span<const std::uint8_t> bytes) {
  for (const std::uint8_t byte : bytes) state.ram[address++ & 0xffff] = byte;
}

/// Random memory, shared by many states: filling all 64 KiB for each would take most of the time.
const std::array<std::uint8_t, ram_bytes>& random_memory() {
  static const auto memory = [] {
    std::array<std::uint8_t, ram_bytes> bytes{};
    Random(0x6d656d6f7279).fill(bytes);
    return bytes;
  }();
  return memory;
}

/// random_memory, moved by a random distance.
void fill_memory(MachineState& state, Random& random) {
  const std::size_t shift = random.word();
  std::memcpy(state.ram.data(), random_memory().data() + shift, ram_bytes - shift);
  std::memcpy(state.ram.data() + (ram_bytes - shift), random_memory().data(), shift);
}

void put_pointers(MachineState& state, Random& random) {
  state.wst = random.percent(40) ? stack_end(random) : random.byte();
  state.rst = random.percent(40) ? stack_end(random) : random.byte();
}

void fill_all_but_memory(MachineState& state, Random& random) {
  random.fill(state.working_stack);
  random.fill(state.return_stack);
  random.fill(state.device_page);
  put_pointers(state, random);
  state.devices.reset();
}

/// Runs `state` on the reference interpreter and returns its machine, which the next call reuses, since its
/// memory and profile are large.
GuardedMachine& run(const MachineState& state, std::uint64_t max_instructions, bool& ended) {
  static GuardedMachine reference(Guard::behind);
  static InstructionProfile profile;
  state.write_to(reference.machine(), reference.devices());
  profile.total = 0;
  ended = run_vector_on_reference(&reference.machine(), profile, max_instructions);
  return reference;
}

/// Writes an expansion record at `address`, usually one that acts on memory near `near`.
void put_expansion(MachineState& state, std::uint16_t address, std::uint16_t near, Random& random) {
  const auto place = [&] {
    return random.percent(60) ? static_cast<std::uint16_t>(near + random.below(0x18)) : random.word();
  };
  const std::uint8_t operation =
      random.percent(90) ? static_cast<std::uint8_t>(random.below(3)) : random.byte();
  const std::uint16_t length =
      random.percent(80) ? static_cast<std::uint16_t>(random.below(0x20)) : random.word();
  const std::uint16_t bank = random.percent(90) ? 0 : random.word();
  const std::uint16_t first = place();
  const std::uint16_t second_bank = random.percent(80) ? 0 : random.word();
  const std::uint16_t second = place();
  const auto high = [](std::uint16_t value) { return static_cast<std::uint8_t>(value >> 8); };
  const auto low = [](std::uint16_t value) { return static_cast<std::uint8_t>(value); };
  put(state, address,
      std::array{operation, high(length), low(length), high(bank), low(bank), high(first), low(first),
                 high(second_bank), low(second_bank), high(second), low(second)});
}

/// Writes pieces of program one after the other.
class ProgramWriter {
public:
  ProgramWriter(MachineState& state, Random& random) : state_(state), random_(random), address_(state.pc) {}

  std::uint16_t address() const { return address_; }

  void emit(Opcode opcode) { emit_byte(static_cast<std::uint8_t>(opcode)); }
  void emit_byte(std::uint8_t byte) { state_.ram[address_++] = byte; }
  void emit_short(std::uint16_t value) {
    emit_byte(static_cast<std::uint8_t>(value >> 8));
    emit_byte(static_cast<std::uint8_t>(value));
  }

  /// One piece, 1 to 7 bytes.
  void emit_piece() {
    const unsigned kind = random_.below(100);
    if (kind < 38) {
      emit_byte(quiet_opcode());
    } else if (kind < 50) {
      literal(random_.percent(50) ? 2 : 1, random_.percent(40) ? interesting_byte(random_) : random_.word());
    } else if (kind < 58) {
      store(0x13, [&] { literal(1, random_.percent(80) ? random_.below(12) : random_.byte()); });
    } else if (kind < 66) {
      store(0x15, [&] { literal(2, random_.percent(80) ? near() : interesting_address()); });
    } else if (kind < 70) {
      store(0x11, [&] { literal(1, random_.percent(50) ? near() : interesting_byte(random_)); });
    } else if (kind < 78) {
      store(0x17, [&] { literal(1, interesting_byte(random_)); });
    } else if (kind < 81) {
      literal(1, interesting_byte(random_));
      emit_byte(mode(0x16));
    } else if (kind < 84) {
      literal(1, stack_end(random_));
      literal(1, random_.one_of({0x04, 0x05}));
      emit(Opcode::DEO);
    } else if (kind < 88) {
      const std::uint16_t record = random_.percent(90) ? random_.word() : 0xfff8;
      put_expansion(state_, record, address_, random_);
      emit(Opcode::LIT2);
      emit_short(record);
      literal(1, 0x02);
      emit(random_.percent(80) ? Opcode::DEO2 : Opcode::DEO2k);
    } else if (kind < 92) {
      emit(random_.one_of({Opcode::JMI, Opcode::JCI, Opcode::JSI}));
      emit_short(random_.percent(90) ? static_cast<std::uint16_t>(random_.below(6)) : random_.word());
    } else if (kind < 95) {
      literal(1, random_.percent(90) ? random_.below(6) : random_.byte());
      emit_byte(static_cast<std::uint8_t>(random_.one_of({0x0c, 0x0d, 0x0e}) | random_.one_of({0x00, 0x80})));
    } else if (kind < 98) {
      emit(Opcode::LIT2);
      emit_short(near());
      emit(random_.one_of({Opcode::JMP2, Opcode::JCN2, Opcode::JSR2, Opcode::JSR2k}));
    } else {
      emit_byte(random_.byte());
    }
  }

  /// Overwrites a byte or two of what has been written from `start` on and runs it again, one to three times:
  /// what a backend decoded or compiled before is old then. The count is a literal in the program.
  void emit_another_round(std::uint16_t start) {
    const auto length = static_cast<unsigned>(static_cast<std::uint16_t>(address_ - start));
    const auto place = static_cast<std::uint16_t>(start + random_.below(length));
    const bool shorts = random_.percent(30);
    emit(shorts ? Opcode::LIT2 : Opcode::LIT);
    if (shorts) emit_byte(quiet_opcode());
    emit_byte(quiet_opcode());
    emit(Opcode::LIT2);
    emit_short(place);
    emit(shorts ? Opcode::STA2 : Opcode::STA);
    emit(Opcode::LIT);
    const std::uint16_t count = address_;
    emit_byte(static_cast<std::uint8_t>(2 + random_.below(3)));
    emit(Opcode::LIT);
    emit_byte(1);
    emit(Opcode::SUB);
    emit(Opcode::DUP);
    emit(Opcode::LIT2);
    emit_short(count);
    emit(Opcode::STA);
    emit(Opcode::JCI);
    emit_short(static_cast<std::uint16_t>(start - (address_ + 2)));
  }

private:
  /// An opcode that neither jumps nor ends the vector.
  std::uint8_t quiet_opcode() {
    for (;;) {
      const std::uint8_t opcode = random_.byte();
      const int base = opcode & 0x1f;
      if (base != 0x00 && base != 0x0c && base != 0x0d && base != 0x0e) return opcode;
    }
  }

  /// An address of code that is about to run.
  std::uint16_t near() { return static_cast<std::uint16_t>(address_ + random_.below(0x18)); }

  std::uint16_t interesting_address() {
    return random_.one_of<std::uint16_t>({0x0000, 0x00ff, 0x0100, 0xfffe, 0xffff});
  }

  void literal(int width, unsigned value) {
    const bool on_return_stack = random_.percent(10);
    if (width == 2) {
      emit(on_return_stack ? Opcode::LIT2r : Opcode::LIT2);
      emit_short(static_cast<std::uint16_t>(value));
    } else {
      emit(on_return_stack ? Opcode::LITr : Opcode::LIT);
      emit_byte(static_cast<std::uint8_t>(value));
    }
  }

  /// `base` in a random mode, rarely on the return stack.
  std::uint8_t mode(int base) {
    return static_cast<std::uint8_t>(base | (random_.percent(50) ? DISPATCHBENCH_MODE_SHORT : 0) |
                                     (random_.percent(10) ? DISPATCHBENCH_MODE_RETURN : 0) |
                                     (random_.percent(20) ? DISPATCHBENCH_MODE_KEEP : 0));
  }

  /// Emits a value, usually one that is also an opcode, an address, and an opcode that stores the value
  /// there.
  template <class Place> void store(int base, Place&& emit_place) {
    const auto value = [&] { return random_.percent(80) ? quiet_opcode() : std::uint8_t{0}; };
    literal(2, static_cast<unsigned>(value() << 8 | value()));
    emit_place();
    emit_byte(mode(base));
  }

  MachineState& state_;
  Random& random_;
  std::uint16_t address_;
};

} // namespace

void make_single_instruction(MachineState& state, std::uint8_t opcode, std::uint64_t seed) {
  Random random(seed);
  fill_memory(state, random);
  fill_all_but_memory(state, random);
  state.pc = random.percent(30) ? static_cast<std::uint16_t>(random.below(0x10) - 0x08) : random.word();
  // The operands, whatever their width, are the bytes below the pointers.
  for (int depth = 1; depth <= 4; ++depth) {
    if (random.percent(50))
      state.working_stack[static_cast<std::uint8_t>(state.wst - depth)] = interesting_byte(random);
    if (random.percent(50))
      state.return_stack[static_cast<std::uint8_t>(state.rst - depth)] = interesting_byte(random);
  }
  if (random.percent(10)) put_expansion(state, random.word(), state.pc, random);

  const int operand_bytes = (opcode & 0x1f) == 0 ? 2 : 0;
  state.ram[state.pc] = opcode;
  state.ram[static_cast<std::uint16_t>(state.pc + 1 + operand_bytes)] = 0;
  // LIT and LITr have an operand of only one byte.
  if (opcode == 0x80 || opcode == 0xc0) state.ram[static_cast<std::uint16_t>(state.pc + 2)] = 0;
  if (opcode == 0x00) return;

  // One step shows where the instruction leads. A BRK there ends the run, unless the step itself stored
  // there.
  bool ended = false;
  const std::uint16_t target = run(state, 1, ended).machine().pc;
  const auto distance = static_cast<std::uint16_t>(target - state.pc);
  if (distance > operand_bytes) state.ram[target] = 0;
}

Surroundings make_program(MachineState& state, std::uint64_t seed) {
  Random random(seed);
  const unsigned kind = random.below(100);
  const Surroundings surroundings{kind < 60   ? "brk"
                                  : kind < 80 ? "sled"
                                              : "noise",
                                  static_cast<std::uint32_t>(random.next())};
  surroundings.fill_in(state);
  put_pointers(state, random);
  state.pc = random.percent(30) ? static_cast<std::uint16_t>(random.below(0x20) - 0x18)
                                : random.one_of<std::uint16_t>({0x0100, 0x0040, random.word()});
  ProgramWriter writer(state, random);
  const unsigned pieces = 1 + random.below(16);
  for (unsigned piece = 0; piece < pieces; ++piece) writer.emit_piece();
  if (random.percent(30)) writer.emit_another_round(state.pc);
  for (int end = 0; end < 4; ++end) writer.emit(Opcode::BRK);
  return surroundings;
}

bool run_on_reference(const MachineState& state, MachineState& end, std::uint64_t max_instructions) {
  bool ended = false;
  GuardedMachine& reference = run(state, max_instructions, ended);
  end.read_from({reference.machine(), reference.devices()});
  return ended;
}

} // namespace dispatchbench
