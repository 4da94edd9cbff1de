// Tail calls: every opcode is a function that ends by calling the next one in its place.
//
// Small functions suit a register allocator, and the machine's state is their arguments, so it stays in the
// same registers from handler to handler. `musttail` guarantees that the call is a jump, even without
// optimisation; an ordinary call would grow the native stack by a frame per opcode. `preserve_none` lets a
// handler use every register without saving any. With the ordinary convention 58 of 256 handlers save some
// instead of 16, those that call devices (clang 19, x86-64): 1.02 times the instructions on fib and
// quicksort.
//
// Caveats: musttail needs clang 13 or g++ 15, preserve_none clang 19 or g++ 16 (so g++ 15 has tail_call_plain
// alone); older compilers only warn and ignore them, so CMake probes for both. On x86-64 preserve_none passes
// at most 11 integer arguments in registers, and it doesn't exist for WebAssembly. conventions.h has what
// handlers take and how they are called, there and in the variants.
#include "conventions.h"
#include "isa/budget.h"
#include "isa/outlined.h"
#include "isa/run_name.h"

using namespace dispatchbench;

namespace {

[[gnu::cold]] DISPATCHBENCH_HANDLER wrapping_handler(DISPATCHBENCH_PARAMETERS) {
  DISPATCHBENCH_REGISTERS;
  execute_wrapping(registers);
  if (budget_is_spent_wrapping(registers)) return leave(registers);
  DISPATCHBENCH_DISPATCH;
}

template <Opcode opcode> DISPATCHBENCH_HANDLER handler(DISPATCHBENCH_PARAMETERS) {
  DISPATCHBENCH_REGISTERS;
  if constexpr (opcode == Opcode::BRK) return leave(registers);
  [[maybe_unused]] const CodeAddress before = registers.pc;
  if (!execute_body<opcode>(registers)) DISPATCHBENCH_TAIL_CALL(wrapping_handler);
  if (budget_is_spent<opcode>(registers, before)) return leave(registers);
  DISPATCHBENCH_DISPATCH;
}

} // namespace

extern "C" void DISPATCHBENCH_RUN(Machine* machine) noexcept {
  Registers registers = enter(machine);
  const HandlerTable* const table = &handler_table;
  const Handler first = table->handlers[fetch(registers)];
  first(DISPATCHBENCH_ARGUMENTS);
}

#define DISPATCHBENCH_ENTRY(mnemonic, row, value) handler<Opcode::mnemonic>,
constinit const HandlerTable dispatchbench::handler_table{{DISPATCHBENCH_OPCODES(DISPATCHBENCH_ENTRY)}};
#undef DISPATCHBENCH_ENTRY
