// Tail calls: every opcode is a function, and ends by calling the next one in its own place.
//
// Small functions are what a compiler's register allocator is good at, and the registers are the arguments:
// they stay where they are from handler to handler. `musttail` guarantees that the call is a jump (at -O0
// too; without it the native stack would grow by a frame per opcode). `preserve_none` lets a handler use
// every processor register without saving any; with the ordinary convention all but the leaf handlers would
// spill. Needs clang 19 or newer; g++ has both from version 15 on. Caveat: on x86-64 preserve_none passes 11
// integer arguments in registers, and doesn't exist for WebAssembly.
#include "isa/run_name.h"
#include "isa/semantics.h"

using namespace dispatchbench;

#define DISPATCHBENCH_HANDLER __attribute__((preserve_none)) void

namespace {

struct HandlerTable;
using Handler = DISPATCHBENCH_HANDLER (*)(Machine* machine, std::uint8_t* ram, std::uint8_t* wst,
                                          std::uint8_t* rst, std::uint64_t pc, const HandlerTable* table);
struct HandlerTable {
  Handler handlers[256];
};

// The next opcode's handler takes this one's place.
#define DISPATCHBENCH_DISPATCH                                                                               \
  const Handler next = table->handlers[fetch(registers)];                                                    \
  [[clang::musttail]] return next(registers.machine, registers.ram, registers.wst, registers.rst,            \
                                  registers.pc, table)

[[gnu::cold]] DISPATCHBENCH_HANDLER wrapping_handler(Machine* machine, std::uint8_t* ram, std::uint8_t* wst,
                                                     std::uint8_t* rst, std::uint64_t pc,
                                                     const HandlerTable* table) {
  Registers registers{machine, ram, wst, rst, pc};
  execute_wrapping(registers);
  DISPATCHBENCH_DISPATCH;
}

template <Opcode opcode>
DISPATCHBENCH_HANDLER handler(Machine* machine, std::uint8_t* ram, std::uint8_t* wst, std::uint8_t* rst,
                              std::uint64_t pc, const HandlerTable* table) {
  Registers registers{machine, ram, wst, rst, pc};
  if constexpr (opcode == Opcode::BRK) return leave(registers);
  if (!execute<opcode>(registers)) [[clang::musttail]]
    return wrapping_handler(machine, ram, wst, rst, pc, table);
  DISPATCHBENCH_DISPATCH;
}

#define DISPATCHBENCH_ENTRY(mnemonic, row, value) handler<Opcode::mnemonic>,
constexpr HandlerTable handler_table{{DISPATCHBENCH_OPCODES(DISPATCHBENCH_ENTRY)}};
#undef DISPATCHBENCH_ENTRY

} // namespace

extern "C" void DISPATCHBENCH_RUN(Machine* machine) noexcept {
  Registers registers = enter(machine);
  const Handler first = handler_table.handlers[fetch(registers)];
  first(registers.machine, registers.ram, registers.wst, registers.rst, registers.pc, &handler_table);
}
