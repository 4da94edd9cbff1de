// AArch64: every opcode by hand, for AAPCS64 and Apple's ABI.
//
// HOW IT IS FAST
// A plain interpreter masks a pointer on every access, because stacks, pc and addresses wrap around. Here pointers are
// real addresses, so one instruction loads or stores and moves them (`[own, #-1]!`), shorts move in one access, and the
// opcode's fetch is `ldrb [pc], #1`. What could wrap is found out in front: a chain of compares (`tst`, then `ccmp`)
// with a single branch, which is never taken in practice (wrapping.inc.S). Loads and stores keep to the operand's own
// width, although a 4-byte load could fetch both operands of ADD2: cores forward a store to a later load only if one
// store holds all of its bytes.
// Counted, not measured: of 239 handlers (devices and BRK aside) 215 take fewer instructions than in raven's AArch64
// assembly, 20 as many; INC, INCr, JMPk and JMPkr take one more, since masked indices need no check there.
// Not taken: two shorts in one load (ADD2 in 11 instead of 13 instructions, but no store forwards to such a load); the
// top of the stack in a register, too (one load less in DUP and LDZ, one instruction more in POP, JCI and most shorts).
#include "isa/asm_offsets.h"
#include "isa/opcode_list.h"
#include "platform.h"

#include "registers.inc.S"
#include "isa/asm_modes.inc.S"
#include "dispatch.inc.S"
#include "stacks.inc.S"
#include "rows_stack.inc.S"
#include "rows_memory.inc.S"
#include "rows_control.inc.S"

#define RUN C_SYMBOL(DISPATCHBENCH_RUN)

// ---- Entry

.text
.globl RUN
HIDDEN RUN
function RUN
  LANDING_PAD_FOR_CALLS
  enter
  dispatch
end_function RUN

function asm_aarch64_leave
  describe_frame
  leave
end_function asm_aarch64_leave

#include "wrapping.inc.S"

// ---- The 256 handlers

.macro handler mnemonic, row
  decode_mode
  function asm_aarch64_\mnemonic
  describe_frame
  LANDING_PAD_FOR_JUMPS
  row_\row
  end_function asm_aarch64_\mnemonic
  forget_stacks
.endm

#define HANDLER(mnemonic, row, value) .set OPCODE, value SEPARATOR handler mnemonic, row SEPARATOR
DISPATCHBENCH_OPCODES(HANDLER)

#ifdef DISPATCHBENCH_BUDGETED_VARIANT
// Returns in the middle of a vector; what lies in a window goes back first.
function asm_aarch64_pause
  describe_frame
  adrp x14, PAGE_OF(handler_table)
  add x14, x14, OFFSET_IN_PAGE(handler_table)
  cmp table, x14
  b.eq 6f
  bring_back wst, FRAME_WINDOWS, FRAME_SPILL
  bring_back rst, FRAME_WINDOWS+2*WINDOW_HALF, FRAME_SPILL+8
6:
  store_stack_pointers
  sub a64, pc, ram
  strh a, [machine, #MACHINE_PC]
  b asm_aarch64_leave
end_function asm_aarch64_pause
#endif

// ---- Handler table

RELOCATED_READ_ONLY_SECTION
.p2align 3
handler_table:
#define TABLE_ENTRY(mnemonic, row, value) .quad asm_aarch64_##mnemonic SEPARATOR
DISPATCHBENCH_OPCODES(TABLE_ENTRY)
unwrap_table:
.rept 256
  .quad asm_aarch64_unwrap
.endr
NO_EXECUTABLE_STACK
LANDING_PAD_NOTE
