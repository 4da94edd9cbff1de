// What each of the 36 rows does. This is the definition, once, for every C++ backend.
//
// A body is written in terms of an operation `op` that knows the mode: pop() and push() work on a byte or a
// short, on the working or the return stack; with keep, what was popped stays. A body pops first and pushes
// afterwards. Short operands are big-endian. Interpreters run a body on an Operation (operation.h), which
// executes it; stack_effect.h runs it on a Tally, which counts the bytes it moves.
//
// Values are `auto`, since an operation that compiles the body instead hands out values that aren't known
// yet. So a body uses only operators on them, no cast and no `if`, and what it gives back is cut to its width
// by `op`.
//
// The stack effect reads "before -- after", with the top to the right. The worked examples are tests: the
// stack afterwards follows the arrow, the return stack follows a bar.
#pragma once

#include "opcode.h"

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {
namespace semantics {

// ---- Immediates: the operand follows the opcode

// BRK -- ends the vector, which is up to the backend.
struct BRK {
  DISPATCHBENCH_INLINE static constexpr void run(auto&) {}
};

// JCI cond8 -- jumps by the operand if the condition isn't 0.
//   #00 JCI 0002 #12 #34 -> 12 34
//   #01 JCI 0002 #12 #34 -> 34
struct JCI {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto distance = op.next_short();
    const auto condition = op.pop_byte();
    op.jump_if(condition != 0, op.pc() + distance);
  }
};

// JMI -- jumps by the operand.
//   JMI 0002 #12 #34 -> 34
struct JMI {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto distance = op.next_short();
    op.jump(op.pc() + distance);
  }
};

// JSI -- jumps by the operand, return address to the return stack.
//   JSI 0002 #12 #34 -> 34 | 01 03
struct JSI {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto distance = op.next_short();
    op.push_return_address();
    op.jump(op.pc() + distance);
  }
};

// LIT -- m   the byte or short that follows the opcode.
//   LIT 12 -> 12
//   LIT2 1234 -> 12 34
//   LIT2r 1234 -> | 12 34
struct LIT {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) { op.push(op.next()); }
};

// ---- Stack

// INC m -- m+1
//   #ff INC -> 00
//   #00ff INC2 -> 01 00
//   #00ff INC2k -> 00 ff 01 00
struct INC {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto m = op.pop();
    op.push(m + 1);
  }
};

// POP m --
//   #12 #34 POP -> 12
//   #1234 POP2k -> 12 34
struct POP {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) { op.pop(); }
};

// NIP a b -- b
//   #12 #34 NIP -> 34
//   #1234 #5678 NIP2k -> 12 34 56 78 56 78
struct NIP {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto b = op.pop();
    op.pop();
    op.push(b);
  }
};

// SWP a b -- b a
//   #12 #34 SWP -> 34 12
//   #1234 #5678 SWP2 -> 56 78 12 34
struct SWP {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto b = op.pop();
    const auto a = op.pop();
    op.push(b);
    op.push(a);
  }
};

// ROT a b c -- b c a
//   #12 #34 #56 ROT -> 34 56 12
//   #12 #34 #56 ROTk -> 12 34 56 34 56 12
struct ROT {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto c = op.pop();
    const auto b = op.pop();
    const auto a = op.pop();
    op.push(b);
    op.push(c);
    op.push(a);
  }
};

// DUP a -- a a
//   #12 DUP -> 12 12
//   #1234 DUP2k -> 12 34 12 34 12 34
struct DUP {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto a = op.pop();
    op.push(a);
    op.push(a);
  }
};

// OVR a b -- a b a
//   #12 #34 OVR -> 12 34 12
struct OVR {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto b = op.pop();
    const auto a = op.pop();
    op.push(a);
    op.push(b);
    op.push(a);
  }
};

// ---- Comparison: the result is always one byte

// EQU a b -- bool8
//   #12 #12 EQU -> 01
//   #1234 #1233 EQU2 -> 00
struct EQU {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto b = op.pop();
    const auto a = op.pop();
    op.push_byte(a == b);
  }
};

// NEQ a b -- bool8
//   #12 #12 NEQ -> 00
struct NEQ {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto b = op.pop();
    const auto a = op.pop();
    op.push_byte(a != b);
  }
};

// GTH a b -- bool8 (a > b), unsigned
//   #ff #12 GTH -> 01
//   #12 #ff GTH -> 00
struct GTH {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto b = op.pop();
    const auto a = op.pop();
    op.push_byte(a > b);
  }
};

// LTH a b -- bool8 (a < b), unsigned
//   #12 #ff LTH -> 01
//   #0100 #00ff LTH2k -> 01 00 00 ff 00
struct LTH {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto b = op.pop();
    const auto a = op.pop();
    op.push_byte(a < b);
  }
};

// ---- Jumps: a byte is a signed distance from the next opcode, a short an absolute address

// JMP addr --
//   #02 JMP #12 #34 -> 34
//   #0106 JMP2 #12 #34 -> 34
struct JMP {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto address = op.pop();
    op.jump(op.target(address));
  }
};

// JCN cond8 addr -- jumps if the condition, always a byte, isn't 0.
//   #00 #02 JCN #12 #34 -> 12 34
//   #01 #02 JCN #12 #34 -> 34
struct JCN {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto address = op.pop();
    const auto condition = op.pop_byte();
    op.jump_if(condition != 0, op.target(address));
  }
};

// JSR addr -- return address, always a short, to the other stack.
//   #02 JSR #12 #34 -> 34 | 01 03
struct JSR {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto address = op.pop();
    op.push_return_address();
    op.jump(op.target(address));
  }
};

// STH a -- to the other stack.
//   #12 STH -> | 12
//   LIT2r 1234 STH2r -> 12 34
struct STH {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto a = op.pop();
    op.push_other(a);
  }
};

// ---- Memory

// LDZ addr8 -- m   shorts wrap inside the zero page.
//   #5678 #ff STZ2 #ff LDZ2 -> 56 78
//   #5678 #ff STZ2 #00 LDZ -> 78
struct LDZ {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto address = op.pop_byte();
    op.push(op.load_zero_page(address));
  }
};

// STZ m addr8 --
//   #56 #10 STZ #10 LDZ -> 56
struct STZ {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto address = op.pop_byte();
    const auto m = op.pop();
    op.store_zero_page(address, m);
  }
};

// LDR rel8 -- m   a signed distance from the next opcode.
//   #fe LDR -> fe
struct LDR {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto distance = op.pop_byte();
    op.push(op.load(op.relative(distance)));
  }
};

// STR m rel8 --
//   #56 #01 STR LIT 12 -> 56
struct STR {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto distance = op.pop_byte();
    const auto m = op.pop();
    op.store(op.relative(distance), m);
  }
};

// LDA addr16 -- m   shorts wrap from ffff to 0000.
//   #0101 LDA -> 01
//   #5678 #ffff STA2 #0000 LDA -> 78
struct LDA {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto address = op.pop_short();
    op.push(op.load(address));
  }
};

// STA m addr16 --
//   #56 #2000 STA #2000 LDA -> 56
struct STA {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto address = op.pop_short();
    const auto m = op.pop();
    op.store(address, m);
  }
};

// ---- Devices: when one acts, the operands have left the stack (or with keep are back in place)

// DEI port8 -- m   a short reads port, then port+1, before pushing anything.
//   #12 #04 DEI -> 12 01
struct DEI {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto port = op.pop_byte();
    op.push(op.read_device(port));
  }
};

// DEO m port8 -- a short finishes port before port+1.
//   #1234 #20 DEO2 #21 DEI -> 34
//   #12 #34 #02 #04 DEO -> 12 34
struct DEO {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto port = op.pop_byte();
    const auto m = op.pop();
    op.write_device(port, m);
  }
};

// ---- Arithmetic: unsigned, wrapping

// ADD a b -- a+b
//   #ff #02 ADD -> 01
//   #00ff #0001 ADD2 -> 01 00
struct ADD {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto b = op.pop();
    const auto a = op.pop();
    op.push(a + b);
  }
};

// SUB a b -- a-b
//   #01 #02 SUB -> ff
struct SUB {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto b = op.pop();
    const auto a = op.pop();
    op.push(a - b);
  }
};

// MUL a b -- a*b
//   #0100 #0101 MUL2 -> 01 00
struct MUL {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto b = op.pop();
    const auto a = op.pop();
    op.push(1U * a * b); // Unsigned: two shorts promoted to int would overflow, ffff * ffff.
  }
};

// DIV a b -- a/b, and 0 where b is 0.
//   #07 #02 DIV -> 03
//   #07 #00 DIV -> 00
struct DIV {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto b = op.pop();
    const auto a = op.pop();
    op.push(op.quotient(a, b));
  }
};

// AND a b -- bitwise and
//   #0f #35 AND -> 05
struct AND {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto b = op.pop();
    const auto a = op.pop();
    op.push(a & b);
  }
};

// ORA a b -- bitwise or
//   #0f #35 ORA -> 3f
struct ORA {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto b = op.pop();
    const auto a = op.pop();
    op.push(a | b);
  }
};

// EOR a b -- bitwise exclusive or
//   #0f #35 EOR -> 3a
struct EOR {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto b = op.pop();
    const auto a = op.pop();
    op.push(a ^ b);
  }
};

// SFT a shift8 -- (a >> low nibble) << high nibble; the shift is always a byte.
//   #34 #10 SFT -> 68
//   #1248 #34 SFT2 -> 09 20
struct SFT {
  DISPATCHBENCH_INLINE static constexpr void run(auto& op) {
    const auto shift = op.pop_byte();
    const auto a = op.pop();
    op.push((1U * a >> (shift & 0x0f)) << (shift >> 4));
  }
};

} // namespace semantics

namespace semantics_detail {
template <Row row> struct Of;
#define DISPATCHBENCH_MAP(mnemonic, row, value)                                                              \
  template <> struct Of<Row::row> {                                                                          \
    using Type = semantics::row;                                                                             \
  };
DISPATCHBENCH_ROWS(DISPATCHBENCH_MAP)
#undef DISPATCHBENCH_MAP
} // namespace semantics_detail

/// The semantics of an opcode's row: Semantics<Opcode::ADD2k>::run(op) is semantics::ADD::run(op).
template <Opcode opcode> using Semantics = typename semantics_detail::Of<decoded(opcode).row>::Type;

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
