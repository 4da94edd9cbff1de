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

#include <algorithm>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

bool is_current(const Translation& translation, const std::uint8_t* ram) noexcept {
  for (std::size_t index = 0; index < translation.rom.size(); ++index)
    if ((translation.uses[index] & translated) != 0 && ram[rom_address + index] != translation.rom[index])
      return false;
  return true;
}

bool interpret(const Translation& translation, Machine* machine) noexcept {
  while (true) {
    const std::uint8_t opcode = machine->ram[machine->pc++];
    if (static_cast<Opcode>(opcode) == Opcode::BRK) return false;
    dispatchbench::execute_wrapping(machine);
    const std::size_t index = static_cast<std::size_t>(machine->pc) - rom_address;
    if (index < translation.uses.size() && (translation.uses[index] & entry) != 0 &&
        is_current(translation, machine->ram))
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
  static_cast<const Translation*>(machine->program)->run(machine);
}

extern "C" const char* DISPATCHBENCH_PREPARE(Machine* machine) noexcept {
  for (const Translation* translation : translations) {
    if (std::ranges::equal(translation->rom,
                           std::span(machine->ram + rom_address, translation->rom.size()))) {
      machine->program = const_cast<Translation*>(translation); // Only ever read.
      return nullptr;
    }
  }
  return "recompiled has no translation of this program: it was not among the ROMs of workloads/ when the "
         "library was built";
}

extern "C" void DISPATCHBENCH_RELEASE(Machine* machine) noexcept { machine->program = nullptr; }
