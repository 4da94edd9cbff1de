// A whole interpreter on dispatch.h: prints how it dispatches, and 20 factorial.
#include "dispatch.h"

#include <cinttypes>
#include <cstdio>

namespace {

// [a b] means that b is on top.
OPCODE(push) { // [] -> [literal]
  *++stack = *program++;
  NEXT;
}
OPCODE(multiply_below) { // [a b] -> [a*b b]
  stack[-1] *= stack[0];
  NEXT;
}
OPCODE(decrement) { // [a] -> [a-1]
  --stack[0];
  NEXT;
}
OPCODE(repeat_unless_zero) { // [a] -> [a]; the literal is how far back to go.
  program = stack[0] != 0 ? program - *program : program + 1;
  NEXT;
}
OPCODE(drop) { // [a] -> []
  --stack;
  NEXT;
}
OPCODE(end) { END; }

#define OPCODES(USE) USE(push) USE(multiply_below) USE(decrement) USE(repeat_unless_zero) USE(drop) USE(end)
INTERPRETER(run, OPCODES)

} // namespace

int main() {
  const unsigned char program[] = {0, 1, 0, 20, 1, 2, 3, 3, 4, 5};
  std::int64_t stack[8] = {};
  std::printf("%s: %" PRId64 "\n", DISPATCH_TAIL_CALLS ? "tail calls" : "switch", run(program, stack));
}
