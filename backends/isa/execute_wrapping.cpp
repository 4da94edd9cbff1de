#include "execute.h"

namespace dispatchbench {

[[gnu::cold]] void execute_wrapping(Machine* machine) noexcept {
  Registers registers = enter(machine);
  switch (static_cast<Opcode>(registers.ram[static_cast<std::uint16_t>(registers.pc - 1)])) {
#define DISPATCHBENCH_CASE(mnemonic, row, value)                                                             \
  case Opcode::mnemonic: execute_with<Opcode::mnemonic, Wrapping>(registers); break;
    DISPATCHBENCH_OPCODES(DISPATCHBENCH_CASE)
#undef DISPATCHBENCH_CASE
  }
  leave(registers);
}

} // namespace dispatchbench
