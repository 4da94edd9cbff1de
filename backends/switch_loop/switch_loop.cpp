// Switch in a loop: fetch an opcode, jump to its case, come back.
//
// The whole interpreter has one indirect jump, so the branch predictor can distinguish opcodes only by the
// history of earlier jumps. Caveat: clang's tail-duplication flags (see computed_goto) copy this jump too and
// turn the loop into threaded code, so this file is compiled without them. clang 13 to 18 do so by
// themselves: CMakeLists.txt forbids it for `switch_loop` and not for `switch_default`.
#include "isa/budget.h"
#include "isa/outlined.h"
#include "isa/run_name.h"

using namespace dispatchbench;

extern "C" void DISPATCHBENCH_RUN(Machine* machine) noexcept {
  Registers registers = enter(machine);
  for (;;) {
    switch (static_cast<Opcode>(fetch(registers))) {
#define DISPATCHBENCH_CASE(mnemonic, row, value)                                                             \
  case Opcode::mnemonic: {                                                                                   \
    [[maybe_unused]] const CodeAddress before = registers.pc;                                                \
    if constexpr (Opcode::mnemonic == Opcode::BRK) return leave(registers);                                  \
    if (execute_body<Opcode::mnemonic>(registers)) {                                                         \
      if (budget_is_spent<Opcode::mnemonic>(registers, before)) return leave(registers);                     \
      continue;                                                                                              \
    }                                                                                                        \
    break;                                                                                                   \
  }
      DISPATCHBENCH_OPCODES(DISPATCHBENCH_CASE)
#undef DISPATCHBENCH_CASE
    }
    execute_wrapping(registers);
    if (budget_is_spent_wrapping(registers)) return leave(registers);
  }
}
