#include "machine/reference.h"

#include "isa/execute.h"
#include "isa/opcode.h"
#include "system/errors.h"

#include <fmt/format.h>

namespace dispatchbench {

bool run_vector_on_reference(Machine* machine, InstructionProfile& profile, std::uint64_t max_instructions) {
  int previous = -1;
  for (;;) {
    if (profile.total == max_instructions) return false;
    const std::uint8_t opcode = machine->ram[machine->pc++];
    ++profile.total;
    ++profile.opcodes[opcode];
    if (previous >= 0) ++profile.pairs[static_cast<std::size_t>(previous) * 256 + opcode];
    previous = opcode;
    if (static_cast<Opcode>(opcode) == Opcode::BRK) return true;
    execute_wrapping(machine);
  }
}

InstructionProfile run_on_reference(VirtualMachine& virtual_machine, std::string_view program,
                                    std::span<const std::uint8_t> rom, std::string_view input,
                                    std::uint64_t max_instructions) {
  InstructionProfile profile;
  virtual_machine.reset(rom);
  const auto run_vector = [&](Machine* machine) {
    if (run_vector_on_reference(machine, profile, max_instructions)) return;
    throw Failure(fmt::format(
        "{}: still running after {} instructions, next {} at {:04x}; expected a BRK before that. "
        "If the program is meant to run longer, raise --max-instructions",
        program, max_instructions, opcode_table[machine->ram[machine->pc]].mnemonic, machine->pc));
  };
  virtual_machine.run_program(run_vector, input);
  return profile;
}

} // namespace dispatchbench
