// Global register variables: the machine's state lies in registers that the compiler uses for nothing else.
//
// `register ... asm("r12")` at file scope takes a register away from every function of this file. A handler
// then needs no parameters: it takes nothing, returns nothing, and finds the state where the last handler
// left it. This is how C programs kept a virtual machine in registers before there was a convention such as
// preserve_none: the Glasgow Haskell Compiler's C code (Sp, Hp and R1 of the STG machine) and QEMU's first
// translator (dyngen's env, T0 and T1). GCC's manual, "Global Register Variables", has the rules.
//
// Caveats: g++ alone has it; clang refuses every register but the stack and frame pointers. The registers
// have to be callee-saved ones, so that the devices, which know nothing of this, give them back. The caller
// of `run` owns them, so `run` saves and restores them by hand. g++ treats a global register variable as
// memory, which it neither propagates nor keeps in another register, so a handler works on a local copy and
// stores what it has changed at its end. And nothing guarantees that the call at the end of a handler becomes
// a jump: g++ sees to it only in optimised code without sanitizers. Elsewhere each call would cost a frame of
// the native stack, so there a handler returns to a loop instead.
#include "isa/execute.h"
#include "isa/run_name.h"

using namespace dispatchbench;

// The registers that a called function gives back, but for the frame pointer, which a build may want.
#if defined(__x86_64__)
#define DISPATCHBENCH_STATE(X)                                                                               \
  X(Machine*, machine, "rbx")                                                                                \
  X(std::uint8_t*, ram, "r12")                                                                               \
  X(std::uint8_t*, wst, "r13")                                                                               \
  X(std::uint8_t*, rst, "r14")                                                                               \
  X(CodeAddress, pc, "r15")
#elif defined(__aarch64__)
#define DISPATCHBENCH_STATE(X)                                                                               \
  X(Machine*, machine, "x19")                                                                                \
  X(std::uint8_t*, ram, "x20")                                                                               \
  X(std::uint8_t*, wst, "x21")                                                                               \
  X(std::uint8_t*, rst, "x22")                                                                               \
  X(CodeAddress, pc, "x23")
#endif

#define DISPATCHBENCH_DECLARE(type, name, place) register type global_##name asm(place);
DISPATCHBENCH_STATE(DISPATCHBENCH_DECLARE)
#undef DISPATCHBENCH_DECLARE

namespace {

/// Executes an opcode, and those after it where calls become jumps. Returns whether the vector goes on.
using Handler = bool (*)();

/// A copy of the state to work on.
DISPATCHBENCH_INLINE Registers take() {
  return {global_machine, global_ram, global_wst, global_rst, global_pc};
}

/// Puts back what an opcode may have changed.
DISPATCHBENCH_INLINE void put(const Registers& registers) {
  global_wst = registers.wst;
  global_rst = registers.rst;
  global_pc = registers.pc;
}

extern const Handler handlers[256];

// The next opcode's handler takes this one's place, or a loop calls it.
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__)
#define DISPATCHBENCH_DISPATCH                                                                               \
  const Handler next = handlers[fetch(registers)];                                                           \
  put(registers);                                                                                            \
  return next()
#else
#define DISPATCHBENCH_DISPATCH                                                                               \
  put(registers);                                                                                            \
  return true
#endif

[[gnu::cold, gnu::noinline]] bool wrapping_handler() {
  Registers registers = take();
  execute_wrapping(registers);
  DISPATCHBENCH_DISPATCH;
}

template <Opcode opcode> bool handler() {
  Registers registers = take();
  if constexpr (opcode == Opcode::BRK) return leave(registers), false;
  if (!execute<opcode>(registers)) return wrapping_handler();
  DISPATCHBENCH_DISPATCH;
}

#define DISPATCHBENCH_ENTRY(mnemonic, row, value) handler<Opcode::mnemonic>,
constexpr Handler handlers[256] = {DISPATCHBENCH_OPCODES(DISPATCHBENCH_ENTRY)};
#undef DISPATCHBENCH_ENTRY

} // namespace

extern "C" void DISPATCHBENCH_RUN(Machine* machine) noexcept {
#define DISPATCHBENCH_SAVE(type, name, place) const auto callers_##name = global_##name;
  DISPATCHBENCH_STATE(DISPATCHBENCH_SAVE)
#undef DISPATCHBENCH_SAVE

  Registers registers = enter(machine);
  global_machine = registers.machine;
  global_ram = registers.ram;
  put(registers);
  bool goes_on = true;
  while (goes_on) {
    registers = take();
    const Handler next = handlers[fetch(registers)];
    put(registers);
    goes_on = next();
  }

#define DISPATCHBENCH_RESTORE(type, name, place) global_##name = callers_##name;
  DISPATCHBENCH_STATE(DISPATCHBENCH_RESTORE)
#undef DISPATCHBENCH_RESTORE
}
