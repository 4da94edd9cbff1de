// Computed goto (threaded code): every handler ends with its own fetch and its own indirect jump.
//
// Each jump then has a branch predictor entry of its own, which learns what follows this opcode. Caveat: the
// source can't guarantee it. Compilers merge computed gotos into one jump early on, to keep the control-flow
// graph small, and are expected to copy it back at the end; with 256 handlers clang-19 silently doesn't (it
// limits predecessors and successors), and g++-12 only if the fetch is short (it limits the copied block).
// CMakeLists.txt raises those limits for the backend `computed_goto`; `computed_goto_plain` is this same
// source without them. tools/audit says what became of both.
#include "isa/run_name.h"
#include "isa/semantics.h"

using namespace dispatchbench;

// Labels as values are what this technique is; -Wpedantic would reject them.
#pragma GCC diagnostic ignored "-Wpedantic"

// Jumps to the next opcode's handler. The address is made opaque since clang otherwise moves the load of the
// table entry, too, into the jump that it merges, and copies it back in more instructions.
#define DISPATCHBENCH_DISPATCH                                                                               \
  do {                                                                                                       \
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
  handle_##mnemonic : if constexpr (Opcode::mnemonic == Opcode::BRK) return leave(registers);                \
  if (!execute<Opcode::mnemonic>(registers)) goto wrapping;                                                  \
  DISPATCHBENCH_DISPATCH;
  DISPATCHBENCH_OPCODES(DISPATCHBENCH_HANDLER)
#undef DISPATCHBENCH_HANDLER

wrapping:
  execute_wrapping(registers);
  DISPATCHBENCH_DISPATCH;
}
