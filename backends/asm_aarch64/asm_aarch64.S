// AArch64: every opcode by hand.
//
// ABI      extern "C" void dispatchbench_run_asm_aarch64(Machine* machine)   AAPCS64; no x18, so Apple's ABI too
//
// MACHINE STATE (in callee-saved registers, so that device calls keep it)
//   machine  x19  the Machine
//   ram      x20  its memory
//   pc       x21  pointer to the next byte of code; may stand at ram + 0x10000, which means 0x0000
//   wst      x22  pointer to the working stack's next free byte; its low byte is the Uxn stack pointer
//   rst      x23  the same for the return stack
//   table    x24  the handlers' addresses
// BOUNDS (a register below its bound needs no wrap-around check, see `check`)
//   pc_bound x25  ram + 0xff00
//   wst_bound x26, rst_bound x27   240 bytes into the stacks
//   ram_low  x28  ram + 0x7f: above it a signed byte distance cannot leave memory at the bottom
//   two x6, five x7   constants; device calls destroy them
// SCRATCH  a b c d = w9..w12 (64 bits wide: ax bx cx dx), x13-x15, x17; x16 holds the next handler's address
// FRAME    x29 + 0: x29 x30, x19-x28; + 96: spilled bytes of device calls, or stacks set aside; + 112: windows
//
// HOW IT IS FAST
// A plain interpreter masks a pointer on every access, because stacks, pc and addresses wrap around. Here pointers
// are real addresses, so one instruction loads or stores and moves them (`[own, #-1]!`), shorts move in one access,
// and the opcode's fetch is `ldrb [pc], #1`. What could wrap is found out in front: a chain of compares (`tst`, then
// `ccmp`) with a single branch, which is never taken in practice. Loads and stores keep to the operand's own width,
// although a 4-byte load could fetch both operands of ADD2: cores forward a store to a later load only if one store
// holds all of its bytes.
// Counted, not measured: of 239 handlers (devices and BRK aside) 215 take fewer instructions than in raven's AArch64
// assembly, 20 as many; INC, INCr, JMPk and JMPkr take one more, since masked indices need no check there.
// Not taken: two shorts in one load (ADD2 in 11 instead of 13 instructions, but no store forwards to such a load); the
// top of the stack in a register, too (one load less in DUP and LDZ, one instruction more in POP, JCI and most shorts).
//
// The rare rest has no second set of handlers: `wrap` copies both ends of a stack into a small window where they lie side
// by side, has the same handler run there, and takes the result back.
#include "isa/asm_offsets.h"
#include "isa/opcode_list.h"

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

// The function's name in C, as backend.h makes it.
#define DISPATCHBENCH_RUN JOIN(dispatchbench_run_, DISPATCHBENCH_BACKEND_NAME)

#ifdef __APPLE__
#define SEPARATOR %% // In Mach-O assembly a semicolon starts a comment.
#define C_SYMBOL(name) JOIN(_, name)
#define PAGE_OF(label) label@PAGE
#define OFFSET_IN_PAGE(label) label@PAGEOFF
#define RELOCATED_READ_ONLY_SECTION .section __DATA, __const
#else
#define SEPARATOR ;
#define C_SYMBOL(name) name
#define PAGE_OF(label) label
#define OFFSET_IN_PAGE(label) :lo12:label
#define RELOCATED_READ_ONLY_SECTION .section .data.rel.ro, "aw", %progbits
#endif

#ifdef __ARM_FEATURE_BTI_DEFAULT
#define DISPATCHBENCH_BTI 1
#endif

#define FRAME_SIZE 240
#define FRAME_SPILL 96
#define FRAME_WINDOWS 112
#define STACK_BOUND 240 // No opcode writes more than 12 bytes beyond the lowest it reads.
#define WINDOW_HALF 32 // Bytes of each end of a stack in a window.
#define WINDOW_NEAR 24 // As near to an end a pointer goes to the window; ROT2k moves 6 bytes either way from it.

machine .req x19
ram .req x20
pc .req x21
wst .req x22
rst .req x23
wst32 .req w22
rst32 .req w23
table .req x24
pc_bound .req x25
wst_bound .req x26
rst_bound .req x27
ram_low .req x28
two .req w6
five .req w7
a .req w9
b .req w10
c .req w11
d .req w12
ax .req x9
bx .req x10
cx .req x11
dx .req x12
next .req x16
next32 .req w16

// ---- Dispatch ------------------------------------------------------------------------------------------------

// Finds the next handler. Stands as early in a handler as it may, so that its two loads run beside the body: behind
// everything that uses pc or writes memory (programs modify themselves).
.macro fetch
  ldrb next32, [pc], #1
  ldr next, [table, next, lsl #3]
.endm

.macro jump
  br next
.endm

.macro dispatch
  fetch
  jump
.endm

// A place that an indirect jump may reach.
.macro landing_pad
#ifdef DISPATCHBENCH_BTI
  hint #36 // bti j
#endif
.endm

// ---- Functions -----------------------------------------------------------------------------------------------

.macro function name
  .p2align 4
#ifndef __APPLE__
  .type \name, %function
#endif
\name:
  .cfi_startproc
.endm
.macro end_function name
  .cfi_endproc
#ifndef __APPLE__
  .size \name, . - \name
#endif
.endm

// Where the caller's registers lie, for debuggers and profilers.
.macro describe_frame
  .cfi_def_cfa x29, FRAME_SIZE
  .set SLOT, -FRAME_SIZE
  .irp register, x29, x30, x19, x20, x21, x22, x23, x24, x25, x26, x27, x28
  .cfi_offset \register, SLOT
  .set SLOT, SLOT + 8
  .endr
.endm

.text
.globl C_SYMBOL(DISPATCHBENCH_RUN)
#ifdef __APPLE__
.private_extern C_SYMBOL(DISPATCHBENCH_RUN)
#else
.hidden C_SYMBOL(DISPATCHBENCH_RUN)
#endif
function C_SYMBOL(DISPATCHBENCH_RUN)
#ifdef DISPATCHBENCH_BTI
  hint #34 // bti c
#endif
  stp x29, x30, [sp, #-FRAME_SIZE]!
  mov x29, sp
  stp x19, x20, [sp, #16]
  stp x21, x22, [sp, #32]
  stp x23, x24, [sp, #48]
  stp x25, x26, [sp, #64]
  stp x27, x28, [sp, #80]
  describe_frame
  mov machine, x0
  ldr ram, [machine, #MACHINE_RAM]
  ldrh a, [machine, #MACHINE_PC]
  add pc, ram, ax
  ldr wst, [machine, #MACHINE_WORKING_STACK]
  ldrb a, [machine, #MACHINE_WST]
  add wst_bound, wst, #STACK_BOUND
  add wst, wst, ax
  ldr rst, [machine, #MACHINE_RETURN_STACK]
  ldrb a, [machine, #MACHINE_RST]
  add rst_bound, rst, #STACK_BOUND
  add rst, rst, ax
  mov a, #0xff00
  add pc_bound, ram, ax
  add ram_low, ram, #0x7f
  mov two, #2
  mov five, #5
  adrp table, PAGE_OF(handler_table)
  add table, table, OFFSET_IN_PAGE(handler_table)
  dispatch
end_function C_SYMBOL(DISPATCHBENCH_RUN)

// The end of a vector: back to the caller.
function asm_aarch64_leave
  describe_frame
  ldp x19, x20, [sp, #16]
  ldp x21, x22, [sp, #32]
  ldp x23, x24, [sp, #48]
  ldp x25, x26, [sp, #64]
  ldp x27, x28, [sp, #80]
  ldp x29, x30, [sp], #FRAME_SIZE
  .cfi_def_cfa sp, 0
  ret
end_function asm_aarch64_leave

// Called where an operand behind the opcode may wrap: a = the operand as a load would give it, then as `wrap`.
.macro operand_byte register, offset
  add cx, pc, #\offset
  sub cx, cx, ram
  add cx, ram, c, uxth
  ldrb \register, [cx]
.endm
function asm_aarch64_wrap_byte_operand
  describe_frame
  operand_byte a, 0
  add pc, pc, #1
  b asm_aarch64_wrap
end_function asm_aarch64_wrap_byte_operand
function asm_aarch64_wrap_short_operand
  describe_frame
  operand_byte a, 0
  operand_byte b, 1
  orr a, a, b, lsl #8
  add pc, pc, #2
  b asm_aarch64_wrap
end_function asm_aarch64_wrap_short_operand

// Called by a handler whose check failed. Returns so that its body can run where nothing wraps: pc inside memory, a
// stack pointer that is near either end of its stack in a window that holds both ends side by side, and `unwrap` as the
// next handler whatever the opcode.
.macro set_aside stack, stack32, window
  add b, \stack32, #WINDOW_NEAR
  and b, b, #0xff
  cmp b, #(2*WINDOW_NEAR)
  b.hs 1f
  and cx, \stack, #~0xff
  add dx, x29, #\window
  ldp q0, q1, [cx, #(256-WINDOW_HALF)]
  ldp q2, q3, [cx]
  stp q0, q1, [dx]
  stp q2, q3, [dx, #WINDOW_HALF]
  add dx, dx, bx
  add \stack, dx, #(WINDOW_HALF-WINDOW_NEAR)
1:
.endm
function asm_aarch64_wrap
  describe_frame
  sub bx, pc, ram
  add pc, ram, b, uxth
  stp wst, rst, [x29, #FRAME_SPILL]
  set_aside wst, wst32, FRAME_WINDOWS
  set_aside rst, rst32, FRAME_WINDOWS+2*WINDOW_HALF
  adrp table, PAGE_OF(unwrap_table)
  add table, table, OFFSET_IN_PAGE(unwrap_table)
  ret
end_function asm_aarch64_wrap

// Reached instead of the next handler after `wrap`: takes the windows back, and dispatches.
.macro bring_back stack, window, saved
  ldr cx, [x29, #\saved]
  add b, c, #WINDOW_NEAR
  and b, b, #0xff
  cmp b, #(2*WINDOW_NEAR)
  b.hs 1f
  and cx, cx, #~0xff
  add dx, x29, #\window
  ldp q0, q1, [dx]
  ldp q2, q3, [dx, #WINDOW_HALF]
  stp q0, q1, [cx, #(256-WINDOW_HALF)]
  stp q2, q3, [cx]
  sub bx, \stack, dx
  sub b, b, #WINDOW_HALF
  add \stack, cx, b, uxtb
1:
.endm
function asm_aarch64_unwrap
  describe_frame
  landing_pad
  sub pc, pc, #1
  bring_back wst, FRAME_WINDOWS, FRAME_SPILL
  bring_back rst, FRAME_WINDOWS+2*WINDOW_HALF, FRAME_SPILL+8
  adrp table, PAGE_OF(handler_table)
  add table, table, OFFSET_IN_PAGE(handler_table)
  dispatch
end_function asm_aarch64_unwrap

// ---- The 256 handlers ----------------------------------------------------------------------------------------

.macro name_stacks own, own_bound, other, other_bound
  own .req x\own
  own32 .req w\own
  own_bound .req x\own_bound
  other .req x\other
  other_bound .req x\other_bound
.endm
name_stacks 22, 26, 23, 27
#include "handlers.inc.S"

// Sets SHORT, KEEP, SIZE, own and other for the opcode byte in OPCODE. In an immediate's byte the mode bits tell the
// eight apart; only LIT's short and return bits mean a mode.
.macro decode_mode
  .set SHORT, (OPCODE >> 5) & 1
  .set RETURN, (OPCODE >> 6) & 1
  .set KEEP, (OPCODE >> 7) & 1
  .if (OPCODE & 0x9f) == 0
    .set RETURN, 0
  .endif
  .if (OPCODE & 0x1f) == 0
    .set KEEP, 0
  .endif
  .set SIZE, SHORT + 1
  .irp name, own, own32, own_bound, other, other_bound
    .unreq \name
  .endr
  .if RETURN
    name_stacks 23, 27, 22, 26
  .else
    name_stacks 22, 26, 23, 27
  .endif
.endm

.macro handler name, row
  decode_mode
  function asm_aarch64_\name
  describe_frame
  landing_pad
  row_\row
  end_function asm_aarch64_\name
.endm

#define HANDLER(mnemonic, row, value) .set OPCODE, value SEPARATOR handler mnemonic, row SEPARATOR
DISPATCHBENCH_OPCODES(HANDLER)

RELOCATED_READ_ONLY_SECTION
.p2align 3
handler_table:
#define TABLE_ENTRY(mnemonic, row, value) .quad asm_aarch64_##mnemonic SEPARATOR
DISPATCHBENCH_OPCODES(TABLE_ENTRY)
unwrap_table:
.rept 256
  .quad asm_aarch64_unwrap
.endr

#ifdef __ELF__
.section .note.GNU-stack, "", %progbits
#ifdef DISPATCHBENCH_BTI
.section .note.gnu.property, "a" // Tells the linker that every indirect jump here has its landing pad.
.p2align 3
.long 4, 16, 5
.asciz "GNU"
.long 0xc0000000, 4, 1, 0
#endif
#endif
