// A switch over a decoded program: superinstructions without tail calls.
//
// As in threaded.cpp the program is decoded into a table beside memory, here of handlers' numbers. That needs
// neither tail calls nor addresses of labels, which some compilers don't have, and WebAssembly's engines
// don't do well. Decoding alone buys nothing, since a number has to be looked up as an opcode has to be. It
// pays with sequences, for which an opcode's byte has no numbers left.
//
// Caveats: those of switch_loop, whose flags it is compiled with, and those of threaded.cpp, with 192 KiB for
// each machine.
#include "decoding.h"
#include "handler_step.h"
#include "isa/run_name.h"

using namespace dispatchbench;

namespace {

/// A case of the switch, as the table beside memory holds it. An opcode's is the opcode.
using Number = std::uint16_t;
/// The same in a register, as wide as one.
using CaseNumber = std::uint32_t;
struct Program : DecodedProgram<Number> {};

constexpr Number undecoded = 256;
constexpr Number undecodable = 257;
constexpr Number wrapping = 258;
constexpr Number past_the_end = 259;
constexpr Number first_sequence = 260;

// ---- Decoding

#define DISPATCHBENCH_ENTRY(mnemonic, row, value) value,
constexpr std::array<Number, 256> number_of{{DISPATCHBENCH_OPCODES(DISPATCHBENCH_ENTRY)}};
#undef DISPATCHBENCH_ENTRY

using enum Opcode;
constexpr SequenceTable<Number, DISPATCHBENCH_SEQUENCES> sequences{std::to_array<FusedSequence<Number>>({
#define DISPATCHBENCH_SEQUENCE(rank, ...) fused_sequence<__VA_ARGS__>(Number{first_sequence + (rank)}),
#include "sequences.inc"
#undef DISPATCHBENCH_SEQUENCE
})};
constexpr HandlerSet<Number, DISPATCHBENCH_SEQUENCES> handlers{number_of, sequences, undecodable, wrapping};

/// What a handler left to do, or a case that is none. Works on a copy of the registers, so that the loop's
/// own stay in registers of the processor.
[[gnu::cold, gnu::noinline]] DecodedRegisters<Program> rare_case(DecodedRegisters<Program> registers,
                                                                 CaseNumber number, HandlerStep step) {
  Program& program = *registers.program;
  if (number == undecoded) {
    decode<handlers>(program, registers.ram, registers.pc);
    return registers;
  }
  if (number == past_the_end) {
    registers.pc = 0;
    return registers;
  }
  if (step == HandlerStep::one_by_one) step = wrapping_step(registers);
  if (step == HandlerStep::code_changed) program.forget_stored(sequences.reach);
  if (step == HandlerStep::memory_changed) program.forget_everything();
  return registers;
}

} // namespace

extern "C" const char* DISPATCHBENCH_PREPARE(Machine* machine) noexcept {
  machine->program = make_decoded_program<Program>(machine, undecoded, past_the_end);
  return machine->program != nullptr ? nullptr : "there is no memory for its decoded form (192 KiB)";
}

extern "C" void DISPATCHBENCH_RELEASE(Machine* machine) noexcept { release_decoded_program(machine); }

// The compiler may not see how pc has moved: see threaded.cpp.
#define DISPATCHBENCH_NEXT                                                                                   \
  {                                                                                                          \
    asm volatile("" : "+r"(registers.pc));                                                                   \
    number = registers.program->handlers[registers.pc];                                                      \
    continue;                                                                                                \
  }

// A conditional jump has to stay one. With a conditional move instead, only the switch's own jump is left to
// predict whether it is taken: on Zen 4 fib takes 2.4 times as long, all 20 workloads 1.15 times.
#define DISPATCHBENCH_STEP(...)                                                                              \
  step = handler_step<__VA_ARGS__>(registers);                                                               \
  if (step == HandlerStep::jumped) {                                                                         \
    asm volatile("");                                                                                        \
    DISPATCHBENCH_NEXT                                                                                       \
  }                                                                                                          \
  if (step == HandlerStep::next) DISPATCHBENCH_NEXT                                                          \
  break;

extern "C" void DISPATCHBENCH_RUN(Machine* machine) noexcept {
  DecodedRegisters<Program> registers = start_decoded<Program>(machine);
  CaseNumber number = registers.program->handlers[registers.pc];
  for (;;) {
    HandlerStep step = HandlerStep::one_by_one;
    asm("" : "+r"(number)); // Otherwise clang cuts it to 16 bits once more, on AArch64 twice.
    switch (number) {
#define DISPATCHBENCH_CASE(mnemonic, row, value)                                                             \
  case value:                                                                                                \
    if constexpr (Opcode::mnemonic == BRK) {                                                                 \
      return leave(registers.at(registers.pc + 1));                                                          \
    } else {                                                                                                 \
      DISPATCHBENCH_STEP(Opcode::mnemonic)                                                                   \
    }
      DISPATCHBENCH_OPCODES(DISPATCHBENCH_CASE)
#undef DISPATCHBENCH_CASE

#define DISPATCHBENCH_SEQUENCE(rank, ...)                                                                    \
  case first_sequence + (rank):                                                                              \
    if constexpr ((rank) < DISPATCHBENCH_SEQUENCES) {                                                        \
      DISPATCHBENCH_STEP(__VA_ARGS__)                                                                        \
    } else {                                                                                                 \
      __builtin_unreachable();                                                                               \
    }
#include "sequences.inc"
#undef DISPATCHBENCH_SEQUENCE

    case undecodable: // Its operands may lie behind the end of memory, but for BRK, which has none.
      number = registers.ram[registers.pc];
      if (number == static_cast<CaseNumber>(BRK) || registers.pc + 2 < ram_bytes) continue;
      break;
    default: break; // Undecoded, wrapping, past the end.
    }
    if (number >= first_sequence && step == HandlerStep::one_by_one) {
      number = registers.ram[registers.pc]; // Its first opcode may well not wrap around.
      continue;
    }
    const DecodedRegisters<Program> after = rare_case(registers, number, step);
    registers.wst = after.wst;
    registers.rst = after.rst;
    registers.top = after.top;
    registers.pc = after.pc;
    number = registers.program->handlers[registers.pc];
  }
}
