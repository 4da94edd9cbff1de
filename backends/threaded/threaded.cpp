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
// Stack registers point at the byte on top, not behind it, as in the assembly (isa/stack_plan.h): most
// handlers then need no check for accesses that wrap around. With DISPATCHBENCH_HOLDS_TOP the top of the
// working stack stays in a register, too.
//
// Caveats: the table takes half a megabyte for each machine, and filling it is a part of every run. A program
// that rewrites its opcodes pays for a look at each store and for decoding again (decoded_program.h).
#include "decoded_program.h"
#include "isa/execute.h"
#include "isa/run_name.h"
#include "isa/sequence_operation.h"
#include "isa/stack_plan.h"
#include "sequence_table.h"

using namespace dispatchbench;

#ifndef DISPATCHBENCH_SEQUENCES
#define DISPATCHBENCH_SEQUENCES 0
#endif

#ifndef DISPATCHBENCH_HOLDS_TOP
#define DISPATCHBENCH_HOLDS_TOP 0
#endif

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

constexpr bool holds_top = DISPATCHBENCH_HOLDS_TOP != 0;

/// The registers as the rest of this library has them: they point at the next free byte.
DISPATCHBENCH_INLINE Registers registers_of(const Program* program, std::uint8_t* ram, std::uint8_t* wst,
                                            std::uint8_t* rst, CodeAddress pc) {
  return {program->machine, ram, wrapped(wst, 1), wrapped(rst, 1), pc};
}

/// The other way around.
#define DISPATCHBENCH_TAKE_STACKS(registers)                                                                 \
  wst = wrapped((registers).wst, -1);                                                                        \
  rst = wrapped((registers).rst, -1);                                                                        \
  if constexpr (holds_top) top = *wst

// ---- Rare cases

/// A store has hit code that something was decoded from.
[[gnu::cold]] DISPATCHBENCH_HANDLER code_changed(DISPATCHBENCH_PARAMETERS);
/// A device has written to memory.
[[gnu::cold]] DISPATCHBENCH_HANDLER memory_changed(DISPATCHBENCH_PARAMETERS);

/// Executes any opcode but BRK whose accesses wrap around.
[[gnu::cold]] DISPATCHBENCH_HANDLER wrapping_handler(DISPATCHBENCH_PARAMETERS) {
  Machine* const machine = program->machine;
  leave(registers_of(program, ram, wst, rst, pc + 1));
  const std::optional<StoreTarget> target = store_target(*machine);
  execute_wrapping(machine);
  const Registers after = enter(machine);
  DISPATCHBENCH_TAKE_STACKS(after);
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
  constexpr std::array sequence{opcodes...};
  constexpr Decoded last = decoded(sequence.back());
  constexpr SequenceTouches touches = sequence_touches<opcodes...>();
  constexpr StackPlan wst_plan = stack_plan(touches.wst, holds_top);
  constexpr StackPlan rst_plan = stack_plan(touches.rst, false);
  constexpr SequenceEffect effect = sequence_effect_with_tops<opcodes...>(holds_top ? 1 : 0, 0);
  if constexpr (last.row == Row::BRK) {
    static_assert(sequence.size() == 1);
    return leave(registers_of(program, ram, wst, rst, pc + 1));
  }
  if (top > 0xff) __builtin_unreachable();
  if (!starts_linear<wst_plan>(wst) || !starts_linear<rst_plan>(rst)) [[unlikely]]
    DISPATCHBENCH_TAIL_CALL(one_by_one<opcodes...>);
  const MovedStack<wst_plan> moved_wst{wst};
  const MovedStack<rst_plan> moved_rst{rst};
  if (!moved_wst.ends_linear() || !moved_rst.ends_linear()) [[unlikely]] {
    wst = moved_wst.start();
    rst = moved_rst.start();
    DISPATCHBENCH_TAIL_CALL(one_by_one<opcodes...>);
  }

  Sequence<effect> run{program->machine, ram, moved_wst.place_0(), moved_rst.place_0(), pc};
  if constexpr (holds_top) run.wst.give(-1, static_cast<std::uint8_t>(top));
  execute_sequence<opcodes...>(run);
  run.wst.flush();
  run.rst.flush();
  if constexpr (last.row == Row::DEO) { // A device may have set the stack pointers.
    const Registers after = enter(run.machine);
    DISPATCHBENCH_TAKE_STACKS(after);
  } else {
    wst = moved_wst.end();
    rst = moved_rst.end();
    if constexpr (holds_top) top = wst_plan.is_top_known ? run.wst.get(wst_plan.moved - 1) : *wst;
  }

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
    constexpr std::size_t bytes = sequence_effect<opcodes...>().bytes;
    static_assert(sequence.size() <= sequence_opcodes_max);
    static_assert(!(... || (decoded(opcodes).row == Row::BRK)));
    FusedSequence<Handler> result;
    for (const Opcode opcode : sequence) result.opcodes[result.length++] = static_cast<std::uint8_t>(opcode);
    result.reach = bytes - code_bytes<sequence.back()>;
    result.handler = handler<opcodes...>;
    return result;
  }
}

using enum Opcode;
constexpr SequenceTable<Handler, DISPATCHBENCH_SEQUENCES> sequences{std::to_array<FusedSequence<Handler>>({
#define DISPATCHBENCH_SEQUENCE(rank, ...) fused<rank, __VA_ARGS__>(),
#include "sequences.inc"
#undef DISPATCHBENCH_SEQUENCE
})};
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
  std::uint8_t* const ram = start.ram;
  std::uint8_t* wst = nullptr;
  std::uint8_t* rst = nullptr;
  CodeAddress top = 0;
  DISPATCHBENCH_TAKE_STACKS(start);
  const CodeAddress pc = start.pc;
  program->handlers[pc](DISPATCHBENCH_ARGUMENTS);
}
