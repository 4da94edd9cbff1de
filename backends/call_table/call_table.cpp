// Call table: a loop calls each opcode's function through a table, and what changes most comes back in
// registers.
//
// This is trampoline but for where the state lies. Both common conventions (System V's on x86-64, AArch64's)
// return a struct of two words in two registers. That holds the working stack's register and pc, which nearly
// every opcode changes; the rest stays in memory. So an opcode need not wait until the last one's stores of
// them can be read back. The literature calls the loop with a table "call threading" (M. A. Ertl and D.
// Gregg, "The structure and performance of efficient interpreters", Journal of Instruction-Level Parallelism
// 5, 2003).
//
// Caveats: a call and a return per opcode, and a single jump for the predictor, as with trampoline. What a
// function returns in two registers, it is also given in two, others on x86-64, so there are moves. Windows'
// convention returns such a struct in memory.
#include "isa/execute.h"
#include "isa/run_name.h"

using namespace dispatchbench;

namespace {

/// The state that goes from function to function in registers.
struct Hot {
  std::uint8_t* wst;
  CodeAddress pc;
};

/// Executes one opcode. `rest` holds the rest of the state.
using Handler = Hot (*)(Hot hot, Registers& rest);

/// Whether `opcode` can change the return stack's register.
template <Opcode opcode> constexpr bool changes_return_stack() {
  constexpr Decoded mode = decoded(opcode);
  return mode.return_stack || stack_effect<opcode>().pushed_other != 0 || mode.row == Row::DEO;
}

[[gnu::cold, gnu::noinline]] Hot wrapping_handler(Hot hot, Registers& rest) {
  rest.wst = hot.wst;
  rest.pc = hot.pc;
  execute_wrapping(rest);
  return {rest.wst, rest.pc};
}

template <Opcode opcode> Hot handler(Hot hot, Registers& rest) {
  Registers registers{rest.machine, rest.ram, hot.wst, rest.rst, hot.pc};
  if (!execute<opcode>(registers)) return wrapping_handler(hot, rest);
  if constexpr (changes_return_stack<opcode>()) rest.rst = registers.rst;
  return {registers.wst, registers.pc};
}

#define DISPATCHBENCH_ENTRY(mnemonic, row, value) handler<Opcode::mnemonic>,
constexpr Handler handlers[256] = {DISPATCHBENCH_OPCODES(DISPATCHBENCH_ENTRY)};
#undef DISPATCHBENCH_ENTRY

} // namespace

extern "C" void DISPATCHBENCH_RUN(Machine* machine) noexcept {
  Registers registers = enter(machine);
  const std::uint8_t* const ram = registers.ram;
  Hot hot{registers.wst, registers.pc};
  for (;;) {
    const std::uint8_t opcode = ram[static_cast<std::uint16_t>(hot.pc)];
    ++hot.pc;
    if (static_cast<Opcode>(opcode) == Opcode::BRK) break;
    hot = handlers[opcode](hot, registers);
  }
  registers.wst = hot.wst;
  registers.pc = hot.pc;
  leave(registers);
}
