// Interprets code that isn't worth compiling: blocks whose accesses would wrap around the end of a stack, and
// opcodes that the program keeps rewriting.
//
// A block that was entered with its stack pointers near an end is interpreted whole. If only its first opcode
// were, execution would go on at a pc in its middle, where a block would be compiled, which would wrap as
// well: a block for each pc.
#include "isa/execute.h"
#include "isa/store_target.h"
#include "translation.h"

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

namespace {

/// Executes one opcode, with pc after its byte, and throws away the blocks that it stores into. Returns
/// whether a block ends here: for a conditional jump, whether it was taken.
template <Opcode opcode>
DISPATCHBENCH_INLINE bool interpret_one(Translation& translation, Registers& registers) {
  constexpr Row row = decoded(opcode).row;
  [[maybe_unused]] const CodeAddress behind = registers.pc + stack_effect<opcode>().operand;
  if constexpr (is_store(row)) {
    leave(registers);
    const std::optional<StoreTarget> target = store_target(*registers.machine);
    execute_with<opcode, Wrapping>(registers);
    invalidate(translation, target->first);
    invalidate(translation, target->second);
  } else {
    execute_with<opcode, Wrapping>(registers);
  }
  if constexpr (is_conditional_jump(row))
    return program_counter(registers) != static_cast<std::uint16_t>(behind);
  return ends_block(row);
}

} // namespace

bool interpret_block(Translation& translation, std::uint16_t pc) {
  Machine* const machine = translation.machine;
  machine->pc = pc;
  Registers registers = enter(machine);
  // What follows a byte that is rewritten again and again is worth compiling, so a block may begin there.
  bool ends = translation.rewritten_often(pc);
  do {
    switch (static_cast<Opcode>(fetch(registers))) {
#define DISPATCHBENCH_CASE(mnemonic, row, value)                                                             \
  case Opcode::mnemonic:                                                                                     \
    ends |= interpret_one<Opcode::mnemonic>(translation, registers);                                         \
    if constexpr (Opcode::mnemonic == Opcode::BRK) return leave(registers), false;                           \
    break;
      DISPATCHBENCH_OPCODES(DISPATCHBENCH_CASE)
#undef DISPATCHBENCH_CASE
    }
  } while (!ends);
  leave(registers);
  translation.stale |= machine->ram_changes != translation.ram_changes;
  return true;
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
