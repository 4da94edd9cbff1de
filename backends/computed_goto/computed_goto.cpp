// Computed goto (threaded code): every handler ends with its own fetch and its own indirect jump.
//
// Each jump then has a branch predictor entry of its own, which learns what follows this opcode. Caveat: the
// source can't guarantee it. Compilers merge computed gotos into one jump early on, to keep the control-flow
// graph small, and are expected to copy it back at the end; with 256 handlers clang-19 silently doesn't (it
// limits predecessors and successors), and g++-12 only if the fetch is short (it limits the copied block).
// CMakeLists.txt raises those limits for the backend `computed_goto`; `computed_goto_plain` is this same
// source without them. tools/audit says what became of both.
#include "backend.h"
#include "isa/semantics.h"

using namespace dispatchbench;

// Labels as values are what this technique is; -Wpedantic would reject them.
#pragma GCC diagnostic ignored "-Wpedantic"

extern "C" void DISPATCHBENCH_RUN(Machine* machine) noexcept {
#define DISPATCHBENCH_LABEL(mnemonic, row, value) &&handle_##mnemonic,
  static const void* const handlers[256] = {DISPATCHBENCH_OPCODES(DISPATCHBENCH_LABEL)};
#undef DISPATCHBENCH_LABEL

  Registers registers = enter(machine);
  goto* handlers[fetch(registers)];

#define DISPATCHBENCH_HANDLER(mnemonic, row, value)                                                          \
  handle_##mnemonic : if constexpr (Opcode::mnemonic == Opcode::BRK) return leave(registers);                \
  if (!execute<Opcode::mnemonic>(registers)) goto wrapping;                                                  \
  goto* handlers[fetch(registers)];
  DISPATCHBENCH_OPCODES(DISPATCHBENCH_HANDLER)
#undef DISPATCHBENCH_HANDLER

wrapping:
  execute_wrapping(registers);
  goto* handlers[fetch(registers)];
}
