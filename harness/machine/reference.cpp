#include "machine/reference.h"

#include "isa/execute.h"
#include "isa/opcode.h"
#include "isa/sequence_effect.h"
#include "system/errors.h"
#include "system/interruption.h"

#include <fmt/format.h>

namespace dispatchbench {
namespace {

constexpr std::uint8_t dei_or_deo = 0x16; ///< What DEI and DEO share of bits 1 to 4.
/// So many instructions, a power of two, take a millisecond or less.
constexpr std::uint64_t instructions_between_signal_checks = 0x10000;

/// Counts the one or two ports that the DEI or DEO about to be executed names on top of its stack.
void count_ports(const Machine& machine, std::uint8_t opcode, InstructionProfile& profile) {
  const bool on_return_stack = (opcode & 0x40) != 0;
  const std::uint8_t* const stack = on_return_stack ? machine.return_stack : machine.working_stack;
  const std::uint8_t top = on_return_stack ? machine.rst : machine.wst;
  const std::uint8_t port = stack[static_cast<std::uint8_t>(top - 1)];
  auto& counts = (opcode & 0x01) == 0 ? profile.port_reads : profile.port_writes;
  ++counts[port];
  if ((opcode & 0x20) != 0) ++counts[static_cast<std::uint8_t>(port + 1)];
}

} // namespace

void StraightRuns::add(std::uint8_t opcode) {
  current.push_back(opcode);
  if (current.size() < opcodes_max && !ends_sequence(opcode_table[opcode].row)) return;
  ++counts[current];
  current.clear();
}

bool run_vector_on_reference(Machine* machine, InstructionProfile& profile, std::uint64_t max_instructions) {
  int previous = -1;
  for (;;) {
    if (profile.total == max_instructions) return false;
    const std::uint8_t opcode = machine->ram[machine->pc++];
    if (++profile.total % instructions_between_signal_checks == 0)
      check_interrupted("running a program on the reference interpreter");
    ++profile.opcodes[opcode];
    if (previous >= 0) ++profile.pairs[static_cast<std::size_t>(previous) * 256 + opcode];
    previous = opcode;
    if (profile.straight_runs != nullptr) profile.straight_runs->add(opcode);
    if (static_cast<Opcode>(opcode) == Opcode::BRK) return true;
    if ((opcode & 0x1e) == dei_or_deo) count_ports(*machine, opcode, profile);
    execute_wrapping(machine);
  }
}

InstructionProfile run_on_reference(VirtualMachine& virtual_machine, std::string_view program,
                                    std::span<const std::uint8_t> rom, const ProgramInput& input,
                                    std::uint64_t max_instructions, StraightRuns* straight_runs) {
  InstructionProfile profile;
  profile.straight_runs = straight_runs;
  virtual_machine.reset(rom);
  const auto run_vector = [&](Machine* machine) {
    if (run_vector_on_reference(machine, profile, max_instructions)) return;
    throw Failure(fmt::format(
        "{}: still running after {} instructions, next {} at {:04x}; expected a BRK before that. "
        "If the program is meant to run longer, raise --max-instructions",
        program, max_instructions, opcode_table[machine->ram[machine->pc]].mnemonic, machine->pc));
  };
  profile.delivered = virtual_machine.run_program(run_vector, input);
  profile.straight_runs = nullptr;
  return profile;
}

} // namespace dispatchbench
