// Computed goto (threaded code): every handler ends with its own fetch and its own indirect jump.
//
// Each jump then has its own entry in the branch predictor, which learns what follows this opcode. Caveat:
// the source can't guarantee it. Compilers merge computed gotos into one jump early on, to keep the
// control-flow graph small, and are expected to copy it back at the end. With 256 handlers clang 19 silently
// doesn't (it limits predecessors and successors; clang 13 to 18 and 21 to 24 do copy it back), and g++ does
// only if the fetch is short (it limits the size of the copied block). CMakeLists.txt has the flags for the
// backend `computed_goto`; `computed_goto_plain` is the same source without them. tools/audit shows what
// became of both.
#include "isa/budget.h"
#include "isa/execute.h"
#include "isa/run_name.h"

using namespace dispatchbench;

// This technique needs labels as values, which -Wpedantic rejects.
#pragma GCC diagnostic ignored "-Wpedantic"

// What two variants do before each dispatch. Nothing can be merged across an asm volatile, some say; and an
// extra jump costs what the one to a shared dispatch would.
#if defined(DISPATCHBENCH_VOLATILE)
#define DISPATCHBENCH_BEFORE_DISPATCH asm volatile("")
#elif defined(DISPATCHBENCH_EXTRA_JUMP) && defined(__x86_64__)
#define DISPATCHBENCH_BEFORE_DISPATCH asm volatile("jmp 1f\n1:")
#elif defined(DISPATCHBENCH_EXTRA_JUMP)
#define DISPATCHBENCH_BEFORE_DISPATCH asm volatile("b 1f\n1:")
#else
#define DISPATCHBENCH_BEFORE_DISPATCH static_cast<void>(0)
#endif

// Jumps to the next opcode's handler. The address is made opaque because clang would otherwise move the load
// of the table entry into the merged jump as well and copy it back as more instructions.
#define DISPATCHBENCH_DISPATCH                                                                               \
  do {                                                                                                       \
    DISPATCHBENCH_BEFORE_DISPATCH;                                                                           \
    const void* next = handlers[fetch(registers)];                                                           \
    asm("" : "+r"(next));                                                                                    \
    goto* next;                                                                                              \
  } while (false)

extern "C" void DISPATCHBENCH_RUN(Machine* machine) noexcept {
#define DISPATCHBENCH_LABEL(mnemonic, row, value) &&handle_##mnemonic,
  static const void* const handlers[256] = {DISPATCHBENCH_OPCODES(DISPATCHBENCH_LABEL)};
#undef DISPATCHBENCH_LABEL

  Registers registers = enter(machine);
  DISPATCHBENCH_DISPATCH;

#define DISPATCHBENCH_HANDLER(mnemonic, row, value)                                                          \
  handle_##mnemonic : {                                                                                      \
    if constexpr (Opcode::mnemonic == Opcode::BRK) return leave(registers);                                  \
    [[maybe_unused]] const CodeAddress before = registers.pc;                                                \
    if (!execute<Opcode::mnemonic>(registers)) goto wrapping;                                                \
    if (budget_is_spent<Opcode::mnemonic>(registers, before)) return leave(registers);                       \
    DISPATCHBENCH_DISPATCH;                                                                                  \
  }
  DISPATCHBENCH_OPCODES(DISPATCHBENCH_HANDLER)
#undef DISPATCHBENCH_HANDLER

wrapping:
  execute_wrapping(registers);
  if (budget_is_spent_wrapping(registers)) return leave(registers);
  DISPATCHBENCH_DISPATCH;
}
