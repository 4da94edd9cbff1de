// Recompiled: programs translated ahead of time to C++ and compiled with the backend, the floor under every
// technique. No opcode is fetched, decoded or dispatched: what remains is the program's own work on the
// stacks and in memory. Time over that of `recompiled` is what a technique's dispatch costs.
//
// This is static binary translation as in Sites et al., "Binary translation" (CACM 36(2), 1993): known code
// becomes compiled code, and an interpreter beside it takes what the translator didn't foresee. That is a
// program counter where no trace starts, a stack pointer that would wrap around, and code that has been
// rewritten. So results are right for self-modifying programs too, only slower: until the bytes relied on are
// back, their opcodes are interpreted one by one.
//
// Caveats: a program must be known when the library is compiled; `prepare` refuses any other. Compiling takes
// about a second a program (clang 19), which no sample contains.
#include "translation.h"

#include "isa/execute.h"
#include "isa/run_name.h"
#include "isa/store_target.h"

#include <algorithm>
#include <cstdlib>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

namespace {

RunningProgram& program_of(Machine* machine) { return *static_cast<RunningProgram*>(machine->program); }

/// Whether the translation relied on another value of the byte at `address` than memory has.
bool is_rewritten(const Translation& translation, const std::uint8_t* ram, std::uint16_t address) {
  const std::size_t index = static_cast<std::size_t>(address) - rom_address;
  return index < translation.rom.size() && (translation.uses[index] & translated) != 0 &&
         ram[address] != translation.rom[index];
}

/// Executes the opcode before pc and counts which bytes it rewrites.
void interpret_one(RunningProgram& program, Machine* machine) {
  const std::optional<StoreTarget> target = store_target(*machine);
  if (!target) return dispatchbench::execute_wrapping(machine);
  const auto rewritten = [&] {
    const Translation& translation = *program.translation;
    return static_cast<std::size_t>(is_rewritten(translation, machine->ram, target->first)) +
           static_cast<std::size_t>(target->second != target->first &&
                                    is_rewritten(translation, machine->ram, target->second));
  };
  const std::size_t before = rewritten();
  dispatchbench::execute_wrapping(machine);
  program.rewritten += rewritten() - before;
}

} // namespace

bool is_current(Machine* machine) noexcept {
  RunningProgram& program = program_of(machine);
  if (program.ram_changes != machine->ram_changes) {
    program.ram_changes = machine->ram_changes;
    program.rewritten = 0;
    for (std::size_t index = 0; index < program.translation->rom.size(); ++index)
      program.rewritten += static_cast<std::size_t>(
          is_rewritten(*program.translation, machine->ram, static_cast<std::uint16_t>(rom_address + index)));
  }
  return program.rewritten == 0;
}

bool interpret(Machine* machine) noexcept {
  RunningProgram& program = program_of(machine);
  const Translation& translation = *program.translation;
  while (true) {
    const std::uint8_t opcode = machine->ram[machine->pc++];
    if (static_cast<Opcode>(opcode) == Opcode::BRK) return false;
    interpret_one(program, machine);
    const std::size_t index = static_cast<std::size_t>(machine->pc) - rom_address;
    if (index < translation.uses.size() && (translation.uses[index] & entry) != 0 && is_current(machine))
      return true;
  }
}

// translations.inc: PROGRAMS(X), the programs that CMake had translated.
#include "translations.inc"

#define DISPATCHBENCH_DECLARE(name) extern const Translation translation_##name;
PROGRAMS(DISPATCHBENCH_DECLARE)
#undef DISPATCHBENCH_DECLARE

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE

using namespace dispatchbench;

namespace {

#define DISPATCHBENCH_ENTRY(name) &translation_##name,
constexpr const Translation* translations[] = {PROGRAMS(DISPATCHBENCH_ENTRY)};
#undef DISPATCHBENCH_ENTRY

} // namespace

extern "C" void DISPATCHBENCH_RUN(Machine* machine) noexcept {
  static_cast<RunningProgram*>(machine->program)->translation->run(machine);
}

extern "C" const char* DISPATCHBENCH_PREPARE(Machine* machine) noexcept {
  for (const Translation* translation : translations) {
    if (!std::ranges::equal(translation->rom, std::span(machine->ram + rom_address, translation->rom.size())))
      continue;
    auto* const program = static_cast<RunningProgram*>(std::malloc(sizeof(RunningProgram)));
    if (program == nullptr) return "recompiled has no memory for its state of a program";
    *program = {translation, 0, machine->ram_changes};
    machine->program = program;
    return nullptr;
  }
  return "recompiled has no translation of this program: it was not among the ROMs of workloads/ when the "
         "library was built";
}

extern "C" void DISPATCHBENCH_RELEASE(Machine* machine) noexcept {
  std::free(machine->program);
  machine->program = nullptr;
}
