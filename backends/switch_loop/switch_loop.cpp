// Switch in a loop: fetch an opcode, jump to its case, come back.
//
// The whole interpreter has one indirect jump, so the branch predictor has to tell opcodes apart by the
// history of earlier jumps alone. Caveat: with its tail-duplication flags (see computed_goto) clang copies
// this jump too and makes threaded code out of the loop; those flags stay away from this file.
#include "isa/run_name.h"
#include "isa/semantics.h"

using namespace dispatchbench;

extern "C" void DISPATCHBENCH_RUN(Machine* machine) noexcept {
  Registers registers = enter(machine);
  for (;;) {
    switch (static_cast<Opcode>(fetch(registers))) {
#define DISPATCHBENCH_CASE(mnemonic, row, value)                                                             \
  case Opcode::mnemonic:                                                                                     \
    if constexpr (Opcode::mnemonic == Opcode::BRK) return leave(registers);                                  \
    if (execute<Opcode::mnemonic>(registers)) continue;                                                      \
    break;
      DISPATCHBENCH_OPCODES(DISPATCHBENCH_CASE)
#undef DISPATCHBENCH_CASE
    }
    execute_wrapping(registers);
  }
}
