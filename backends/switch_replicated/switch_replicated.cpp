// Replicated switch: the switch is copied in the source, so that there are many jumps for the predictor to
// tell apart, in a language without computed goto.
//
// Each copy sees only what follows its own opcodes, as with threaded code: M. A. Ertl and D. Gregg, "The
// structure and performance of efficient interpreters", Journal of Instruction-Level Parallelism 5, 2003.
//
// Caveats: 256 copies of 256 cases are 65,536 edges in one function. Both compilers keep all the copies, but
// clang 19 takes 86 s and 0.7 GB for them, g++ 12 takes 73 s and 0.7 GB, and each copy brings a table of its
// own, 256 KB in all. So a copy here serves the opcodes of one row (ADD, ADD2, ADDk...), 36 copies in 6 to
// 8 s; -DDISPATCHBENCH_COPY_PER_OPCODE makes all 256. Nothing in the language keeps copies apart: clang 19
// copies some of the 36 once more where they are short, and another compiler may merge them.
#include "isa/execute.h"
#include "isa/run_name.h"

using namespace dispatchbench;

// The preprocessor doesn't expand a list inside itself. A copy of the switch inside a list of handlers is
// therefore written without naming the list, and expanded when the outer one is done.
#define DISPATCHBENCH_NOTHING
#define DISPATCHBENCH_LIST() DISPATCHBENCH_OPCODES
#define DISPATCHBENCH_EXPANDED_AGAIN(...) __VA_ARGS__

#define DISPATCHBENCH_CASE(mnemonic, row, value)                                                             \
  case Opcode::mnemonic: goto handle_##mnemonic;
#define DISPATCHBENCH_DISPATCH                                                                               \
  switch (static_cast<Opcode>(fetch(registers))) {                                                           \
    DISPATCHBENCH_LIST DISPATCHBENCH_NOTHING()(DISPATCHBENCH_CASE)                                           \
  }

#if defined(DISPATCHBENCH_COPY_PER_OPCODE)
#define DISPATCHBENCH_DISPATCH_AFTER(row) DISPATCHBENCH_DISPATCH
#define DISPATCHBENCH_COPY_OF_ROW(mnemonic, row, value)
#else
#define DISPATCHBENCH_DISPATCH_AFTER(row) goto dispatch_after_##row;
#define DISPATCHBENCH_COPY_OF_ROW(mnemonic, row, value) dispatch_after_##row : DISPATCHBENCH_DISPATCH
#endif

#define DISPATCHBENCH_HANDLER(mnemonic, row, value)                                                          \
  handle_##mnemonic : if constexpr (Opcode::mnemonic == Opcode::BRK) return leave(registers);                \
  if (!execute<Opcode::mnemonic>(registers)) goto wrapping;                                                  \
  DISPATCHBENCH_DISPATCH_AFTER(row)

extern "C" void DISPATCHBENCH_RUN(Machine* machine) noexcept {
  Registers registers = enter(machine);
  DISPATCHBENCH_EXPANDED_AGAIN(DISPATCHBENCH_DISPATCH)

  DISPATCHBENCH_EXPANDED_AGAIN(DISPATCHBENCH_OPCODES(DISPATCHBENCH_HANDLER))
  DISPATCHBENCH_EXPANDED_AGAIN(DISPATCHBENCH_ROWS(DISPATCHBENCH_COPY_OF_ROW))

wrapping:
  execute_wrapping(registers);
  DISPATCHBENCH_EXPANDED_AGAIN(DISPATCHBENCH_DISPATCH)
}
