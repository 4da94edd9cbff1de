// Direct threading: the program is decoded into the addresses of its handlers.
//
// A plain interpreter reads an opcode and looks up its handler. Direct threaded code (Bell, "Threaded code",
// Communications of the ACM 16, 1973) holds the handler's address itself. Here that is a table beside memory,
// one entry for each of the 65,536 addresses, indexed by the same pc: jumps lead anywhere, also into
// operands, and stay as they are. An entry is filled when the program first gets there.
//
// With DISPATCHBENCH_SEQUENCES, that many frequent sequences of opcodes have handlers of their own
// (superinstructions; Proebsting, POPL 1995; Ertl and Gregg, "The structure and performance of efficient
// interpreters", JILP 5, 2003). A fused handler dispatches once, checks the stacks once, and passes what one
// opcode pushes to the next in registers. It runs the bodies of its opcodes in a row: see
// isa/sequence_operation.h. Another jump may lead into the middle, where the program is decoded on its own.
//
// Caveats: the table takes half a megabyte for each machine, and filling it is a part of every run. A program
// that rewrites its opcodes pays for a look at each store and for decoding again (decoded_program.h).
#include "decoded_program.h"
#include "isa/execute.h"
#include "isa/run_name.h"
#include "isa/sequence_operation.h"
#include "sequence_table.h"

using namespace dispatchbench;

#ifndef DISPATCHBENCH_SEQUENCES
#define DISPATCHBENCH_SEQUENCES 0
#endif

// `pc` is the address of the opcode itself and has no bits above 16, but for 10000 behind the last address.
#define DISPATCHBENCH_PARAMETERS                                                                             \
  std::uint8_t *ram, std::uint8_t *wst, std::uint8_t *rst, std::uint64_t pc, Program *program
#define DISPATCHBENCH_HANDLER __attribute__((preserve_none)) void
#define DISPATCHBENCH_TAIL_CALL(function) [[clang::musttail]] return function(ram, wst, rst, pc, program)

// What has been decoded for an address takes over.
#define DISPATCHBENCH_DISPATCH(address)                                                                      \
  pc = (address);                                                                                            \
  DISPATCHBENCH_TAIL_CALL(program->handlers[pc])

namespace {

struct Program;
using Handler = DISPATCHBENCH_HANDLER (*)(DISPATCHBENCH_PARAMETERS);
struct Program : DecodedProgram<Handler> {};

// ---- Rare cases

/// A store has hit code that something was decoded from.
[[gnu::cold]] DISPATCHBENCH_HANDLER code_changed(DISPATCHBENCH_PARAMETERS);
/// A device has written to memory.
[[gnu::cold]] DISPATCHBENCH_HANDLER memory_changed(DISPATCHBENCH_PARAMETERS);

/// Executes any opcode but BRK whose accesses wrap around.
[[gnu::cold]] DISPATCHBENCH_HANDLER wrapping_handler(DISPATCHBENCH_PARAMETERS) {
  Machine* const machine = program->machine;
  leave({machine, ram, wst, rst, pc + 1});
  const std::optional<StoreTarget> target = store_target(*machine);
  execute_wrapping(machine);
  const Registers after = enter(machine);
  wst = after.wst;
  rst = after.rst;
  pc = after.pc;
  if (target) {
    program->stored = target->first;
    program->stored2 = target->second;
    DISPATCHBENCH_TAIL_CALL(code_changed);
  }
  if (program->ram_changes != machine->ram_changes) DISPATCHBENCH_TAIL_CALL(memory_changed);
  DISPATCHBENCH_DISPATCH(pc);
}

// ---- Handlers

/// The handler of a sequence, or of one opcode.
template <Opcode... opcodes> DISPATCHBENCH_HANDLER handler(DISPATCHBENCH_PARAMETERS) {
  constexpr std::array sequence{opcodes...};
  constexpr Decoded last = decoded(sequence.back());
  constexpr SequenceEffect effect = sequence_effect<opcodes...>();
  if constexpr (last.row == Row::BRK) {
    static_assert(sequence.size() == 1);
    return leave({program->machine, ram, wst, rst, pc + 1});
  }
  if (!stays_linear<effect.wst.below, effect.wst.above>(wst) ||
      !stays_linear<effect.rst.below, effect.rst.above>(rst)) [[unlikely]] {
    if constexpr (sequence.size() == 1)
      DISPATCHBENCH_TAIL_CALL(wrapping_handler);
    else
      DISPATCHBENCH_TAIL_CALL(handler<sequence.front()>);
  }

  Sequence<effect> run{program->machine, ram, wst, rst, pc};
  execute_sequence<opcodes...>(run);
  run.wst.flush();
  run.rst.flush();
  wst = run.wst.top();
  rst = run.rst.top();

  if constexpr (is_jump(last.row)) {
    DISPATCHBENCH_DISPATCH(run.target);
  }
  if constexpr (is_conditional_jump(last.row)) {
    if (run.jumps) {
      asm volatile(""); // Keeps both dispatches apart: with a conditional move, the next opcode would wait.
      DISPATCHBENCH_DISPATCH(run.target);
    }
  }
  pc += effect.bytes;
  if constexpr (is_store(last.row)) {
    bool is_code = program->is_watched(run.stored);
    if constexpr (last.shorts) is_code |= program->is_watched(run.stored2);
    if (is_code) [[unlikely]] {
      program->stored = run.stored;
      program->stored2 = last.shorts ? run.stored2 : run.stored;
      DISPATCHBENCH_TAIL_CALL(code_changed);
    }
  }
  if constexpr (last.row == Row::DEO) {
    if (program->ram_changes != run.machine->ram_changes) [[unlikely]]
      DISPATCHBENCH_TAIL_CALL(memory_changed);
  }
  DISPATCHBENCH_DISPATCH(pc);
}

#define DISPATCHBENCH_ENTRY(mnemonic, row, value) handler<Opcode::mnemonic>,
constexpr Handler handler_of[256] = {DISPATCHBENCH_OPCODES(DISPATCHBENCH_ENTRY)};
#undef DISPATCHBENCH_ENTRY

// ---- Decoding

/// Where the opcode's byte is rewritten too often to be decoded.
DISPATCHBENCH_HANDLER undecodable(DISPATCHBENCH_PARAMETERS) {
  const std::uint8_t opcode = ram[pc];
  if (pc + code_bytes_of[opcode] > ram_bytes) DISPATCHBENCH_TAIL_CALL(wrapping_handler);
  DISPATCHBENCH_TAIL_CALL(handler_of[opcode]);
}

#if DISPATCHBENCH_SEQUENCES > 0
template <int rank, Opcode... opcodes> constexpr FusedSequence<Handler> fused() {
  if constexpr (rank >= DISPATCHBENCH_SEQUENCES) {
    return {};
  } else {
    constexpr std::array sequence{opcodes...};
    static_assert(sequence.size() <= sequence_opcodes_max);
    static_assert(!(... || (decoded(opcodes).row == Row::BRK)));
    FusedSequence<Handler> result;
    for (const Opcode opcode : sequence) result.opcodes[result.length++] = static_cast<std::uint8_t>(opcode);
    result.reach = sequence_effect<opcodes...>().bytes - code_bytes<sequence.back()>;
    result.handler = handler<opcodes...>;
    return result;
  }
}

using enum Opcode;
constexpr SequenceTable sequences{std::array{
#define DISPATCHBENCH_SEQUENCE(rank, ...) fused<rank, __VA_ARGS__>(),
#include "sequences.inc"
#undef DISPATCHBENCH_SEQUENCE
}};
constexpr std::size_t longest_reach = sequences.reach;

/// The longest sequence at an address; null if there is none.
const FusedSequence<Handler>* sequence_at(const Program* program, const std::uint8_t* ram, std::size_t pc) {
  for (std::size_t i = sequences.first_of[ram[pc]]; i < sequences.first_of[ram[pc] + 1U]; ++i) {
    const FusedSequence<Handler>& candidate = sequences.sequences[i];
    std::size_t at = pc;
    int length = 0;
    while (length < candidate.length && at < ram_bytes && ram[at] == candidate.opcodes[length] &&
           at + code_bytes_of[ram[at]] <= ram_bytes && !program->is_rewritten_often(at)) {
      at += code_bytes_of[ram[at]];
      ++length;
    }
    if (length == candidate.length) return &candidate;
  }
  return nullptr;
}
#else
constexpr std::size_t longest_reach = 0;
const FusedSequence<Handler>* sequence_at(const Program*, const std::uint8_t*, std::size_t) {
  return nullptr;
}
#endif

[[gnu::cold, gnu::noinline]] void decode(Program* program, const std::uint8_t* ram, std::size_t pc) {
  if (program->is_rewritten_often(pc)) return program->set_handler(pc, undecodable);
  const std::uint8_t opcode = ram[pc];
  if (pc + code_bytes_of[opcode] > ram_bytes) {
    program->set_handler(pc, wrapping_handler);
  } else if (const FusedSequence<Handler>* const sequence = sequence_at(program, ram, pc)) {
    program->set_handler(pc, sequence->handler);
    std::size_t at = pc;
    for (int i = 0; i < sequence->length; ++i) {
      program->watch(at);
      at += code_bytes_of[ram[at]];
    }
  } else {
    program->set_handler(pc, handler_of[opcode]);
  }
  program->watch(pc);
}

[[gnu::cold]] DISPATCHBENCH_HANDLER undecoded(DISPATCHBENCH_PARAMETERS) {
  decode(program, ram, pc);
  DISPATCHBENCH_DISPATCH(pc);
}

[[gnu::cold]] DISPATCHBENCH_HANDLER past_the_end(DISPATCHBENCH_PARAMETERS) { DISPATCHBENCH_DISPATCH(0); }

DISPATCHBENCH_HANDLER code_changed(DISPATCHBENCH_PARAMETERS) {
  program->forget(program->stored, longest_reach);
  program->forget(program->stored2, longest_reach);
  DISPATCHBENCH_DISPATCH(pc);
}

DISPATCHBENCH_HANDLER memory_changed(DISPATCHBENCH_PARAMETERS) {
  program->forget_everything();
  DISPATCHBENCH_DISPATCH(pc);
}

} // namespace

extern "C" const char* DISPATCHBENCH_PREPARE(Machine* machine) noexcept {
  machine->program = make_decoded_program<Program>(machine, undecoded, past_the_end);
  return machine->program != nullptr ? nullptr : "there is no memory for its decoded form (576 KiB)";
}

extern "C" void DISPATCHBENCH_RELEASE(Machine* machine) noexcept {
  std::free(machine->program);
  machine->program = nullptr;
}

extern "C" void DISPATCHBENCH_RUN(Machine* machine) noexcept {
  auto* const program = static_cast<Program*>(machine->program);
  program->machine = machine;
  if (program->ram_changes != machine->ram_changes) program->forget_everything();
  const Registers start = enter(machine);
  program->handlers[start.pc](start.ram, start.wst, start.rst, start.pc, program);
}
