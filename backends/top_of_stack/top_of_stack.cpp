// Top of stack: tail_call with the top bytes of a stack in registers, from handler to handler.
//
// An opcode mostly pops what the last one has pushed. If that byte stays in a register, the handler saves a
// load and need not wait until the store before it can be read back. This is stack caching with one state, as
// opposed to a copy of every handler for each number of cached bytes: M. A. Ertl, "Stack caching for
// interpreters", PLDI 1995. DISPATCHBENCH_CACHED_WORKING and DISPATCHBENCH_CACHED_RETURN say how many bytes.
//
// Caveats: An opcode that pops more than it pushes has to load the new top. On an empty stack that is the
// byte at ff, so this load wraps around, which costs more than the plain load that was saved. The cache is
// write-through: every pushed byte is stored at once. Popped bytes stay visible in Uxn, so a cache that is
// written back would have to store a byte when it is popped, and would save only stores of bytes that the
// next opcode replaces. Each cached byte is one more register, which no handler can use for itself, and a
// byte is cached even where an opcode is about a short. A device may set the stack pointers, so DEO loads
// everything again.
#include "isa/execute.h"
#include "isa/run_name.h"
#include "isa/sequence_operation.h"

#include <algorithm>

using namespace dispatchbench;

#if DISPATCHBENCH_CACHED_RETURN == 1
#define DISPATCHBENCH_TOPS_TAKEN , std::uint8_t top, std::uint8_t top_of_rst
#define DISPATCHBENCH_TOPS                                                                                   \
  {top, 0}, { top_of_rst }
#define DISPATCHBENCH_TOPS_PASSED , tops.wst[0], tops.rst[0]
#elif DISPATCHBENCH_CACHED_WORKING == 2
#define DISPATCHBENCH_TOPS_TAKEN , std::uint8_t top, std::uint8_t second
#define DISPATCHBENCH_TOPS {top, second}, {0}
#define DISPATCHBENCH_TOPS_PASSED , tops.wst[0], tops.wst[1]
#else
#define DISPATCHBENCH_TOPS_TAKEN , std::uint8_t top
#define DISPATCHBENCH_TOPS {top, 0}, {0}
#define DISPATCHBENCH_TOPS_PASSED , tops.wst[0]
#endif

// What every handler takes, what it works on, and what it passes on to the next one.
#define DISPATCHBENCH_PARAMETERS                                                                             \
  Machine *machine, std::uint8_t *ram, std::uint8_t *wst, std::uint8_t *rst, CodeAddress pc,                 \
      const HandlerTable *table DISPATCHBENCH_TOPS_TAKEN
#define DISPATCHBENCH_STATE                                                                                  \
  Registers registers{machine, ram, wst, rst, pc};                                                           \
  Tops tops { DISPATCHBENCH_TOPS }
#define DISPATCHBENCH_ARGUMENTS                                                                              \
  registers.machine, registers.ram, registers.wst, registers.rst, registers.pc,                              \
      table DISPATCHBENCH_TOPS_PASSED

#define DISPATCHBENCH_HANDLER __attribute__((preserve_none)) void
#define DISPATCHBENCH_TAIL_CALL(function) [[clang::musttail]] return function(DISPATCHBENCH_ARGUMENTS)
#define DISPATCHBENCH_DISPATCH                                                                               \
  const Handler next = table->handlers[fetch(registers)];                                                    \
  DISPATCHBENCH_TAIL_CALL(next)

namespace {

constexpr int cached_working = DISPATCHBENCH_CACHED_WORKING;
constexpr int cached_return = DISPATCHBENCH_CACHED_RETURN;

/// The cached bytes, topmost first: copies of what memory holds below the stack registers.
struct Tops {
  std::uint8_t wst[2];
  std::uint8_t rst[1];
};

struct HandlerTable;
using Handler = DISPATCHBENCH_HANDLER (*)(DISPATCHBENCH_PARAMETERS);
struct HandlerTable {
  Handler handlers[256];
};

/// Caches what memory holds.
DISPATCHBENCH_INLINE void load_tops(const Registers& registers, Tops& tops) {
  for (int i = 0; i < cached_working; ++i) tops.wst[i] = *wrapped(registers.wst, -1 - i);
  for (int i = 0; i < cached_return; ++i) tops.rst[i] = *wrapped(registers.rst, -1 - i);
}

/// Caches the top byte number `i` after an opcode: from the window, which knows every byte that was cached,
/// popped or pushed, or from memory.
template <StackReach reach, class Window> DISPATCHBENCH_INLINE std::uint8_t top_after(Window& window, int i) {
  const int place = reach.moved - 1 - i;
  return place >= -reach.below ? window.get(place) : *wrapped(window.top(), -1 - i);
}

/// Executes `opcode`, none of whose accesses wraps around, on the cached bytes.
template <Opcode opcode> DISPATCHBENCH_INLINE void execute_cached(Registers& registers, Tops& tops) {
  constexpr SequenceEffect effect = sequence_effect_with_tops<opcode>(cached_working, cached_return);
  Sequence<effect> run{registers.machine, registers.ram, registers.wst, registers.rst,
                       program_counter(registers)};
  run.offset = -1; // Behind the opcode, where pc is, after its byte.
  for (int i = 0; i < cached_working; ++i) run.wst.give(-1 - i, tops.wst[i]);
  for (int i = 0; i < cached_return; ++i) run.rst.give(-1 - i, tops.rst[i]);
  execute_in<opcode>(run);
  run.wst.flush();
  run.rst.flush();

  registers.wst = run.wst.top();
  registers.rst = run.rst.top();
  if constexpr (decoded(opcode).row == Row::DEO) {
    load_tops(registers, tops);
  } else {
    for (int i = 0; i < cached_working; ++i) tops.wst[i] = top_after<effect.wst>(run.wst, i);
    for (int i = 0; i < cached_return; ++i) tops.rst[i] = top_after<effect.rst>(run.rst, i);
  }

  registers.pc += effect.bytes - 1;
  if (run.jumps) {
    asm volatile(""); // Forces a branch, as Operation::jump_if does.
    registers.pc = run.target;
  }
}

[[gnu::cold]] DISPATCHBENCH_HANDLER wrapping_handler(DISPATCHBENCH_PARAMETERS) {
  DISPATCHBENCH_STATE;
  execute_wrapping(registers);
  load_tops(registers, tops);
  DISPATCHBENCH_DISPATCH;
}

template <Opcode opcode> DISPATCHBENCH_HANDLER handler(DISPATCHBENCH_PARAMETERS) {
  DISPATCHBENCH_STATE;
  if constexpr (opcode == Opcode::BRK) return leave(registers);
  if (!is_linear<opcode>(registers)) [[unlikely]]
    DISPATCHBENCH_TAIL_CALL(wrapping_handler);
  execute_cached<opcode>(registers, tops);
  DISPATCHBENCH_DISPATCH;
}

#define DISPATCHBENCH_ENTRY(mnemonic, row, value) handler<Opcode::mnemonic>,
constexpr HandlerTable handler_table{{DISPATCHBENCH_OPCODES(DISPATCHBENCH_ENTRY)}};
#undef DISPATCHBENCH_ENTRY

} // namespace

extern "C" void DISPATCHBENCH_RUN(Machine* machine) noexcept {
  Registers registers = enter(machine);
  Tops tops{};
  load_tops(registers, tops);
  const HandlerTable* const table = &handler_table;
  const Handler first = table->handlers[fetch(registers)];
  first(DISPATCHBENCH_ARGUMENTS);
}
