// execute_body<Opcode>(Registers&): execute, in the variants with DISPATCHBENCH_OUTLINED with large bodies
// out of line.
//
// A body that moves six bytes or more doesn't touch pc, and moves its stack register by a constant. So
// outlined it takes the top of its stack alone and returns nothing, and the caller moves the register:
// nothing passes through memory.
//
// In WebAssembly a direct call would be inlined again, by wasm-opt or by the engine. So these calls go
// through the table of functions, with an index from memory that could change. V8 and JavaScriptCore still
// inline what feedback shows to be the only callee. One call that all large cases of a switch share, so that
// feedback shows many callees, is no better: times of the switch in ms, geometric mean of the fastest runs
// of fib, quicksort, sieve and brainfuck on a busy VM:
//                      inline   a call per case   one call
//   node 26 (V8 14.6)  1.55     1.79              1.96
//   bun 1.4 (JSC)      1.88     2.05              2.78
//   js140              2.46     2.60              2.66
// tail_call likewise: 5.7 and 5.8, 2.7 and 2.9, 3.3 and 3.5; with the registers passed through memory 4.8 in
// bun and 5.2 in js140. Natively, tail_call 1.24 and 1.26, through memory 2.98; the switch 1.40 and 1.41.
#pragma once

#include "execute.h"

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

#if defined(DISPATCHBENCH_OUTLINED)

/// Whether the body of `opcode` is executed out of line.
template <Opcode opcode> constexpr bool is_outlined() {
  constexpr StackEffect effect = stack_effect<opcode>();
  return effect.popped + effect.pushed + effect.pushed_other >= 6;
}

/// Whether bodies of this row have nothing to do with pc, memory, devices and the other stack.
constexpr bool needs_only_its_stack(Row row) {
  switch (row) {
  case Row::NIP:
  case Row::SWP:
  case Row::ROT:
  case Row::DUP:
  case Row::OVR:
  case Row::ADD:
  case Row::SUB:
  case Row::MUL:
  case Row::DIV:
  case Row::AND:
  case Row::ORA:
  case Row::EOR: return true;
  default: return false;
  }
}

/// Executes a body on the stack with this top. The caller moves the stack register.
template <Opcode opcode> [[gnu::noinline]] void outlined_body(std::uint8_t* top) {
  static_assert(needs_only_its_stack(decoded(opcode).row), "such a body takes no more than its stack");
  Registers registers{nullptr, nullptr, top, top, 0};
  execute_with<opcode, Linear>(registers);
}

#if defined(__wasm__)
using OutlinedBody = void (*)(std::uint8_t* top);
template <Opcode opcode> constexpr OutlinedBody outlined_body_or_null() {
  if constexpr (is_outlined<opcode>())
    return outlined_body<opcode>;
  else
    return nullptr;
}
/// Not constant, and not static: no compiler can know what is called.
extern OutlinedBody outlined_bodies[256];
#define DISPATCHBENCH_ENTRY(mnemonic, row, value) outlined_body_or_null<Opcode::mnemonic>(),
constinit OutlinedBody outlined_bodies[256] = {DISPATCHBENCH_OPCODES(DISPATCHBENCH_ENTRY)};
#undef DISPATCHBENCH_ENTRY
#endif

/// Executes an opcode as execute does, one with a large body out of line.
template <Opcode opcode> [[nodiscard]] DISPATCHBENCH_INLINE bool execute_body(Registers& registers) {
  if constexpr (!is_outlined<opcode>()) {
    return execute<opcode>(registers);
  } else {
    if (!is_linear<opcode>(registers)) [[unlikely]]
      return false;
    constexpr Decoded mode = decoded(opcode);
    constexpr StackEffect effect = stack_effect<opcode>();
    std::uint8_t*& own = mode.return_stack ? registers.rst : registers.wst;
    std::uint8_t* const top = own;
    own += effect.pushed - (mode.keep ? 0 : effect.popped);
#if defined(__wasm__)
    outlined_bodies[static_cast<unsigned>(opcode)](top);
#else
    outlined_body<opcode>(top);
#endif
    return true;
  }
}

#else

/// Executes an opcode, with its body inline.
template <Opcode opcode> [[nodiscard]] DISPATCHBENCH_INLINE bool execute_body(Registers& registers) {
  return execute<opcode>(registers);
}

#endif

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
