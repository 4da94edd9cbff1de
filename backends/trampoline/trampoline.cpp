// Trampoline: every opcode is a function that returns, and a loop calls the next one.
//
// Small functions as with tail calls, and nothing asked of the compiler: this works in every language. But
// the one indirect call in the loop is all that the branch predictor sees, as with a switch, and the state
// lies in memory, since a function can't return it in registers.
#include "isa/execute.h"
#include "isa/run_name.h"

using namespace dispatchbench;

namespace {

/// Executes one opcode. Returns whether the vector goes on.
using Handler = bool (*)(Registers& registers);

[[gnu::cold, gnu::noinline]] bool wrapping_handler(Registers& registers) {
  execute_wrapping(registers);
  return true;
}

template <Opcode opcode> bool handler(Registers& registers) {
  if constexpr (opcode == Opcode::BRK) return false;
  if (!execute<opcode>(registers)) return wrapping_handler(registers);
  return true;
}

#define DISPATCHBENCH_ENTRY(mnemonic, row, value) handler<Opcode::mnemonic>,
constexpr Handler handlers[256] = {DISPATCHBENCH_OPCODES(DISPATCHBENCH_ENTRY)};
#undef DISPATCHBENCH_ENTRY

} // namespace

extern "C" void DISPATCHBENCH_RUN(Machine* machine) noexcept {
  Registers registers = enter(machine);
  while (handlers[fetch(registers)](registers)) {
  }
  leave(registers);
}
