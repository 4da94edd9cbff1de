// Direct threading: the program is decoded into the addresses of its handlers.
//
// A plain interpreter reads an opcode and looks up its handler. Direct threaded code (Bell, "Threaded code",
// Communications of the ACM 16, 1973) holds the handler's address itself. Here that is a table beside memory,
// one entry for each of the 65,536 addresses, indexed by the same pc: jumps lead anywhere, also into
// operands, and stay as they are. Entries are filled when the program first gets near (decoding.h).
//
// With DISPATCHBENCH_SEQUENCES, that many frequent sequences of opcodes have handlers of their own
// (superinstructions; Proebsting, POPL 1995; Ertl and Gregg, "The structure and performance of efficient
// interpreters", JILP 5, 2003). A fused handler dispatches once, checks the stacks once, and passes what one
// opcode pushes to the next in registers. It runs the bodies of its opcodes in a row: see
// isa/sequence_operation.h. Another jump may lead into the middle, where the program is decoded on its own.
//
// Stack registers point at the byte on top, not behind it, as in the assembly (isa/stack_plan.h): most
// handlers then need no check for accesses that wrap around. With DISPATCHBENCH_HOLDS_TOP the top of the
// working stack stays in a register, too.
//
// Caveats: the table takes half a megabyte for each machine, and filling it is a part of every run. A program
// that rewrites its opcodes pays for a look at each store and for decoding again (decoded_program.h).
#include "decoding.h"
#include "handler_step.h"
#include "isa/run_name.h"

using namespace dispatchbench;

// `pc` is the address of the opcode itself and has no bits above 16, but for 10000 behind the last address.
// `wst` and `rst` point at the bytes on top; `top` is that of the working stack with DISPATCHBENCH_HOLDS_TOP,
// else unused.
#define DISPATCHBENCH_PARAMETERS                                                                             \
  std::uint8_t *ram, std::uint8_t *wst, std::uint8_t *rst, CodeAddress pc, Program *program, CodeAddress top
#define DISPATCHBENCH_ARGUMENTS ram, wst, rst, pc, program, top
#define DISPATCHBENCH_HANDLER __attribute__((preserve_none)) void
#define DISPATCHBENCH_TAIL_CALL(function) [[clang::musttail]] return function(DISPATCHBENCH_ARGUMENTS)

// What has been decoded for an address takes over. The compiler may not see how pc has moved: it would look
// up the handler by the old pc and copy that first (superinstructions_64_top takes 0.93 of the time).
#define DISPATCHBENCH_DISPATCH(address)                                                                      \
  pc = (address);                                                                                            \
  asm volatile("" : "+r"(pc));                                                                               \
  DISPATCHBENCH_TAIL_CALL(program->handlers[pc])

namespace {

struct Program;
using Handler = DISPATCHBENCH_HANDLER (*)(DISPATCHBENCH_PARAMETERS);
struct Program : DecodedProgram<Handler> {};

#define DISPATCHBENCH_TAKE(registers)                                                                        \
  wst = (registers).wst;                                                                                     \
  rst = (registers).rst;                                                                                     \
  pc = (registers).pc;                                                                                       \
  top = (registers).top

// ---- Rare cases

/// A store has hit code that something was decoded from.
[[gnu::cold]] DISPATCHBENCH_HANDLER code_changed(DISPATCHBENCH_PARAMETERS);
/// A device has written to memory.
[[gnu::cold]] DISPATCHBENCH_HANDLER memory_changed(DISPATCHBENCH_PARAMETERS);

/// Executes any opcode but BRK whose accesses wrap around.
[[gnu::cold]] DISPATCHBENCH_HANDLER wrapping_handler(DISPATCHBENCH_PARAMETERS) {
  DecodedRegisters<Program> registers{DISPATCHBENCH_ARGUMENTS};
  const HandlerStep step = wrapping_step(registers);
  DISPATCHBENCH_TAKE(registers);
  if (step == HandlerStep::code_changed) DISPATCHBENCH_TAIL_CALL(code_changed);
  if (step == HandlerStep::memory_changed) DISPATCHBENCH_TAIL_CALL(memory_changed);
  DISPATCHBENCH_DISPATCH(pc);
}

// ---- Handlers

template <Opcode... opcodes> DISPATCHBENCH_HANDLER handler(DISPATCHBENCH_PARAMETERS);

/// Takes over from a handler that would wrap around.
template <Opcode first, Opcode... others>
[[gnu::cold]] DISPATCHBENCH_HANDLER one_by_one(DISPATCHBENCH_PARAMETERS) {
  if constexpr (sizeof...(others) == 0)
    DISPATCHBENCH_TAIL_CALL(wrapping_handler);
  else
    DISPATCHBENCH_TAIL_CALL(handler<first>);
}

/// The handler of a sequence, or of one opcode.
template <Opcode... opcodes> DISPATCHBENCH_HANDLER handler(DISPATCHBENCH_PARAMETERS) {
  DecodedRegisters<Program> registers{DISPATCHBENCH_ARGUMENTS};
  if constexpr ((... || (opcodes == Opcode::BRK))) {
    static_assert(sizeof...(opcodes) == 1);
    return leave(registers.at(pc + 1));
  }
  const HandlerStep step = handler_step<opcodes...>(registers);
  DISPATCHBENCH_TAKE(registers);
  if (step == HandlerStep::jumped) {
    asm volatile(""); // Keeps both dispatches apart: with a conditional move, the next opcode would wait.
    DISPATCHBENCH_DISPATCH(pc);
  }
  if (step == HandlerStep::one_by_one) [[unlikely]]
    DISPATCHBENCH_TAIL_CALL(one_by_one<opcodes...>);
  if (step == HandlerStep::code_changed) [[unlikely]]
    DISPATCHBENCH_TAIL_CALL(code_changed);
  if (step == HandlerStep::memory_changed) [[unlikely]]
    DISPATCHBENCH_TAIL_CALL(memory_changed);
  DISPATCHBENCH_DISPATCH(pc);
}

#define DISPATCHBENCH_ENTRY(mnemonic, row, value) handler<Opcode::mnemonic>,
constexpr std::array<Handler, 256> handler_of{{DISPATCHBENCH_OPCODES(DISPATCHBENCH_ENTRY)}};
#undef DISPATCHBENCH_ENTRY

// ---- Decoding

/// Where the opcode's byte is rewritten too often to be decoded.
DISPATCHBENCH_HANDLER undecodable(DISPATCHBENCH_PARAMETERS) {
  const std::uint8_t opcode = ram[pc];
  if (pc + code_bytes_at(opcode) > ram_bytes) DISPATCHBENCH_TAIL_CALL(wrapping_handler);
  DISPATCHBENCH_TAIL_CALL(handler_of[opcode]);
}

template <int rank, Opcode... opcodes> constexpr FusedSequence<Handler> fused() {
  if constexpr (rank >= DISPATCHBENCH_SEQUENCES)
    return {};
  else
    return fused_sequence<opcodes...>(Handler{handler<opcodes...>});
}

using enum Opcode;
constexpr SequenceTable<Handler, DISPATCHBENCH_SEQUENCES> sequences{std::to_array<FusedSequence<Handler>>({
#define DISPATCHBENCH_SEQUENCE(rank, ...) fused<rank, __VA_ARGS__>(),
#include "sequences.inc"
#undef DISPATCHBENCH_SEQUENCE
})};
constexpr HandlerSet<Handler, DISPATCHBENCH_SEQUENCES> handlers{handler_of, sequences, undecodable,
                                                                wrapping_handler};

[[gnu::cold]] DISPATCHBENCH_HANDLER undecoded(DISPATCHBENCH_PARAMETERS) {
  decode<handlers>(*program, ram, pc);
  DISPATCHBENCH_DISPATCH(pc);
}

[[gnu::cold]] DISPATCHBENCH_HANDLER past_the_end(DISPATCHBENCH_PARAMETERS) { DISPATCHBENCH_DISPATCH(0); }

DISPATCHBENCH_HANDLER code_changed(DISPATCHBENCH_PARAMETERS) {
  program->forget_stored(sequences.reach);
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

extern "C" void DISPATCHBENCH_RELEASE(Machine* machine) noexcept { release_decoded_program(machine); }

extern "C" void DISPATCHBENCH_RUN(Machine* machine) noexcept {
  const auto [ram, wst, rst, pc, program, top] = start_decoded<Program>(machine);
  program->handlers[pc](DISPATCHBENCH_ARGUMENTS);
}
