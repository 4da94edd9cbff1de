// x86-64: every opcode by hand, for the System V ABI.
//
// HOW IT IS FAST (on an Intel server core with AMX; a cycle is the time of a dependent addition; changes in time are
// geometric means over the workloads)
// - An indirect jump with changing targets takes 2 cycles there, however well it is predicted, and most workloads run
//   at little more than 2 an opcode. So up to 12 micro-operations of a handler are hidden, if they fit in a line of
//   64 bytes: a handler starts at a line (at 32 or 16 bytes: 4 or 7 % slower).
// - Beyond that, time goes where one opcode waits for another: for pc, and for the top of a stack.
// - pc: a jump's operand takes 7 cycles to become the next pc, and every opcode adds 1 (one more for every opcode:
//   18 % slower). So a literal adds 1 too, not 1 for each byte, and sums that can run beside the loads do: together
//   2 % faster. Loading a jump's operand as 2 bytes gains 1 %; the price is a wait where a program has just written
//   them one by one.
// - The bytes on top of the stacks stay in registers: loading the working stack's in each handler costs 17 %, the
//   return stack's 1 %, but 20 % in threaded code.
// - The rest of the stacks is accessed byte by byte, for shorts too: a 2-byte load right behind two 1-byte stores, as
//   in `#00 LDZ ADD2`, waits 19 cycles for them to reach the cache (2-byte loads in ADD2, AND2, ORA2 and EOR2 alone:
//   19 % slower). So shorts are added with add and adc. For a similar reason nothing is modified in memory: 7 cycles
//   pass from one `add r, (m)` to the next.
// - A pointer at the top byte makes the accesses of most opcodes wrap for free. Those that reach deeper check once
//   (wrapping.inc.S).
// What didn't help: handlers in slots of 128 bytes at a computed address (3 % slower: more to do), 4-byte offsets in
// the table (4 % slower), the second byte in a register, too (8 % faster to 9 % slower), guessing that a jump's
// operand or return address is the last one's (7 % faster to 12 % slower). Without any effect: fetching at the start
// of a handler, conditional moves in JCI, other orders of its two ways.
#include "isa/asm_offsets.h"
#include "isa/opcode_list.h"
#include "platform.h"

#include "registers.inc.S"
#include "isa/asm_modes.inc.S"
#include "dispatch.inc.S"
#include "wrapping.inc.S"
#include "stacks.inc.S"
#include "rows_stack.inc.S"
#include "rows_memory.inc.S"
#include "rows_control.inc.S"

#define RUN C_SYMBOL(DISPATCHBENCH_RUN)

#ifndef HANDLER_ALIGNMENT
#define HANDLER_ALIGNMENT 64
#endif

// ---- The 256 handlers: those of the working stack, then those of the return stack

.macro handler mnemonic, row
  decode_mode
  .set MAY_WRAP, 0
  .set WRAPPING, 0
  .text
  .balign HANDLER_ALIGNMENT
  instance asm_x86_64_\mnemonic, \row
  .if MAY_WRAP
    .set WRAPPING, 1
    COLD_SECTION
    instance asm_x86_64_\mnemonic\()_wrapping, \row
  .endif
.endm

.macro instance name, row
  function \name
  describe_frame
  .if WRAPPING
9:
  .else
    LANDING_PAD
  .endif
  row_\row
  end_function \name
.endm

#define HANDLER(mnemonic, row, value) .set OPCODE, value; handler mnemonic, row;
DISPATCHBENCH_IMMEDIATE_OPCODES(HANDLER)
DISPATCHBENCH_BASE(HANDLER, , 0x00) DISPATCHBENCH_BASE(HANDLER, 2, 0x20)
HANDLER(LIT, LIT, 0x80) DISPATCHBENCH_BASE(HANDLER, k, 0x80)
HANDLER(LIT2, LIT, 0xa0) DISPATCHBENCH_BASE(HANDLER, 2k, 0xa0)
DISPATCHBENCH_BASE(HANDLER, r, 0x40) DISPATCHBENCH_BASE(HANDLER, 2r, 0x60)
HANDLER(LITr, LIT, 0xc0) DISPATCHBENCH_BASE(HANDLER, kr, 0xc0)
HANDLER(LIT2r, LIT, 0xe0) DISPATCHBENCH_BASE(HANDLER, 2kr, 0xe0)

// ---- Entry

.text
.balign 64
.globl RUN
HIDDEN RUN
.set WRAPPING, 0
function RUN
  LANDING_PAD
  enter
  dispatch
end_function RUN

#ifdef DISPATCHBENCH_BUDGETED_VARIANT
function asm_x86_64_pause
  describe_frame
  leave
end_function asm_x86_64_pause
#endif

// ---- Handler table

RELOCATED_READ_ONLY_SECTION
.balign 64
asm_x86_64_table:
#define TABLE_ENTRY(mnemonic, row, value) .quad asm_x86_64_##mnemonic;
DISPATCHBENCH_OPCODES(TABLE_ENTRY)
OBJECT_TYPE(asm_x86_64_table)
SYMBOL_SIZE(asm_x86_64_table)
NO_EXECUTABLE_STACK
