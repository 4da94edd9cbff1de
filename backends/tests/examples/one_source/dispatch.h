// One definition of each opcode, two interpreters of it: the whole difference between tail calls and a
// switch.
//
//   OPCODE(name) { ... NEXT; }    an opcode. `program` points behind it; `stack` at the top. END instead of
//                                 NEXT returns.
//   INTERPRETER(run, LIST)        defines `std::int64_t run(const unsigned char* program, std::int64_t*
//   stack)`, where LIST is
//                                 a macro that applies its argument to each opcode's name, in order.
//
// DISPATCH_TAIL_CALLS chooses: 1 or 0. If it isn't set, tail calls where the compiler guarantees them, and a
// switch in WebAssembly, where engines make slow code of them (reports/webassembly.md).
#pragma once

#include <cstdint>

#if !defined(DISPATCH_TAIL_CALLS)
#if defined(__wasm__)
#define DISPATCH_TAIL_CALLS 0
#elif defined(__has_cpp_attribute)
#define DISPATCH_TAIL_CALLS __has_cpp_attribute(clang::musttail)
#else
#define DISPATCH_TAIL_CALLS 0
#endif
#endif

#if DISPATCH_TAIL_CALLS

#define OPCODE_STATE                                                                                         \
  [[maybe_unused]] const unsigned char *program, [[maybe_unused]] std::int64_t *stack,                       \
      [[maybe_unused]] const void *table
#define OPCODE(name) static std::int64_t op_##name(OPCODE_STATE)
#define NEXT [[clang::musttail]] return static_cast<const Opcode*>(table)[*program](program + 1, stack, table)
#define END return *stack
using Opcode = std::int64_t (*)(OPCODE_STATE);
#define OPCODE_ADDRESS(name) op_##name,
#define INTERPRETER(run, LIST)                                                                               \
  std::int64_t run(const unsigned char* program, std::int64_t* stack) {                                      \
    static constexpr Opcode table[] = {LIST(OPCODE_ADDRESS)};                                                \
    return table[*program](program + 1, stack, table);                                                       \
  }

#else

// A body works on references and says how it ends. It is inlined, so that the variables stay in registers.
#define OPCODE(name)                                                                                         \
  [[gnu::always_inline]] static inline bool op_##name([[maybe_unused]] const unsigned char*& program,        \
                                                      [[maybe_unused]] std::int64_t*& stack)
#define NEXT return true
#define END return false
#define OPCODE_NUMBER(name) number_of_##name,
#define OPCODE_CASE(name)                                                                                    \
  case number_of_##name:                                                                                     \
    if (op_##name(program, stack)) continue;                                                                 \
    return *stack;
#define INTERPRETER(run, LIST)                                                                               \
  std::int64_t run(const unsigned char* program, std::int64_t* stack) {                                      \
    enum { LIST(OPCODE_NUMBER) };                                                                            \
    for (;;) switch (*program++) {                                                                           \
        LIST(OPCODE_CASE)                                                                                    \
      }                                                                                                      \
  }

#endif
