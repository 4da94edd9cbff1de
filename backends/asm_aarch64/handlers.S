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
// The rare rest has no second set of handlers: `wrap` moves both stacks' tops into small windows where nothing wraps,
// has the same handler run there, and takes the result back.
#include "../isa/asm_offsets.h"
#include "../isa/opcodes.h"
#include "platform.h"

#ifdef __ARM_FEATURE_BTI_DEFAULT
#define DISPATCHBENCH_BTI 1
#endif

#define FRAME_SIZE 144
#define FRAME_SPILL 96
#define FRAME_WINDOWS 112
#define STACK_BOUND 240
#define WINDOW_SIZE 16
#define WINDOW_BELOW 8 // ROT2k reads 6 bytes below the pointer and writes 6 above it.

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

// ---- The check in front of a handler -------------------------------------------------------------------------

// Leaves for label 9 unless `register` is below `bound`, together with the tests before it. After any test, carry
// means "leave"; after the first `tst`, zero does. #6 sets both.
.macro also_below register, bound
  .if TESTED == 0
    cmp \register, \bound
  .elseif TESTED == 1
    ccmp \register, \bound, #6, ne
  .else
    ccmp \register, \bound, #6, lo
  .endif
  .set TESTED, 2
.endm

// Goes to label 9 if the opcode could wrap: `reads` bytes below the stack pointer (0 to 4, 6), `grows` and
// `other_grows` non-zero where its own or the other stack becomes higher, `pc` 1 where the handler reads code at pc, 2
// where it also accesses memory at a signed distance from it. Label 8 stands behind the check.
.macro check reads, grows=0, other_grows=0, pc=1
  .set READS, \reads
  .set TESTED, 0
  .if (READS == 1) || (READS == 2) || (READS == 4)
    tst own, #(0x100 - READS)
    .set TESTED, 1
  .elseif READS == 3
    cmp two, own32, uxtb
    .set TESTED, 2
  .elseif READS == 6
    cmp five, own32, uxtb
    .set TESTED, 2
  .elseif READS != 0
    .error "check: no test for this number of bytes"
  .endif
  .if \grows
    also_below own, own_bound
  .endif
  .if \other_grows
    also_below other, other_bound
  .endif
  .if \pc
    also_below pc, pc_bound
  .endif
  .if \pc == 2
    also_below ram_low, pc
  .endif
  .if TESTED == 1
    b.eq 9f
  .else
    b.hs 9f
  .endif
8:
.endm

// Where the check leaves to; the second for opcodes with an operand, which continue at label 7 with the operand in a.
.macro wrapping
9:
  bl asm_aarch64_wrap
  b 8b
.endm
.macro wrapping_operand size
9:
  bl asm_aarch64_wrap_\size\()_operand
  b 7b
.endm

// ---- Operands: SIZE bytes each, number 1 on top; a short stays in memory order (high byte in the low half) ---------

.macro access byte, short, register, address:vararg
  .if SHORT
    \short \register, \address
  .else
    \byte \register, \address
  .endif
.endm
.macro load register, number
  access ldurb, ldurh, \register, [own, #-(\number*SIZE)]
.endm
.macro store register, number
  access sturb, sturh, \register, [own, #-(\number*SIZE)]
.endm
// Loads an operand and takes it and everything above it off (with keep they stay).
.macro take register, number
  take_at \register, \number*SIZE
.endm
.macro push register, count=1
  access strb, strh, \register, [own], #(\count*SIZE)
.endm
// Stores a result over an operand; with keep on top of the stack, which becomes higher by `number` operands. Results
// above it follow as `store`, in both modes.
.macro put register, number=1
  .if KEEP
    push \register, \number
  .else
    store \register, \number
  .endif
.endm
// The same as `take` where operands differ in width: `depth` counts bytes.
.macro take_bytes moving, still, register, depth
  .if KEEP
    \still \register, [own, #-(\depth)]
  .else
    \moving \register, [own, #-(\depth)]!
  .endif
.endm
.macro take_at register, depth
  .if SHORT
    take_bytes ldrh, ldurh, \register, \depth
  .else
    take_bytes ldrb, ldurb, \register, \depth
  .endif
.endm
// Turns a short in memory order into a number, or back.
.macro swap_bytes register
  .if SHORT
    rev16 \register, \register
  .endif
.endm

// ---- Jumps ---------------------------------------------------------------------------------------------------

// pc = pc + a, around 16 bits.
.macro jump_by_distance
  add ax, pc, ax
  sub ax, ax, ram
  add pc, ram, a, uxth
.endm
// The jump operand: a signed byte distance in ax, or a short address in memory order in a.
.macro load_target
  .if SHORT
    ldurh a, [own, #-2]
  .else
    ldursb ax, [own, #-1]
  .endif
.endm
.macro take_target
  .if SHORT
    take_at a, 2
  .else
    take_bytes ldrsb, ldursb, ax, 1
  .endif
.endm
.macro jump_to_target
  .if SHORT
    rev16 a, a
    add pc, ram, ax
  .else
    jump_by_distance
  .endif
.endm
// Leaves pc as a number in bx, too.
.macro push_return_address
  sub bx, pc, ram
  rev16 c, b
  strh c, [other], #2
.endm

// ---- Memory --------------------------------------------------------------------------------------------------

// Goes to label 2 if a short at address a would wrap.
.macro check_address
  .if SHORT
    add c, a, #1
    tbnz c, #16, 2f
  .endif
.endm
// a = what lies in memory at ax, or the opposite for b, where the address may wrap.
.macro load_wrapping
  .if SHORT
    ldrb b, [ram, ax]
    add a, a, #1
    add cx, ram, a, uxth
    ldrb a, [cx]
    orr a, b, a, lsl #8
  .else
    ldrb a, [ram, ax]
  .endif
.endm
.macro store_wrapping
  strb b, [ram, ax]
  .if SHORT
    lsr b, b, #8
    add a, a, #1
    add cx, ram, a, uxth
    strb b, [cx]
  .endif
.endm
// a = the address at the distance on top of the stack, around 16 bits.
.macro address_at_distance
  ldursb ax, [own, #-1]
  add ax, ax, pc
  sub ax, ax, ram
  and a, a, #0xffff
.endm
// Replaces a byte operand on top by a value of SIZE bytes.
.macro put_over_byte register
  .if SHORT && (KEEP == 0)
    sturh \register, [own, #-1]
    add own, own, #1
  .else
    put \register
  .endif
.endm

// ---- Rows: one macro each, for the mode that SHORT, KEEP, SIZE, own and other stand for. Stack effects and worked
// ---- examples are in isa/meaning.h.

.macro row_BRK
  show_stack_pointers
  sub ax, pc, ram
  strh a, [machine, #MACHINE_PC]
  b asm_aarch64_leave
.endm

.macro row_JCI
  check reads=1
  ldrh a, [pc], #2
7:
  ldrb b, [own, #-1]!
  cbz b, 1f
  rev16 a, a
  jump_by_distance
  dispatch
1:
  dispatch
  wrapping_operand short
.endm

.macro row_JMI
  check reads=0
  ldrh a, [pc], #2
7:
  rev16 a, a
  jump_by_distance
  dispatch
  wrapping_operand short
.endm

.macro row_JSI
  check reads=0, other_grows=1
  ldrh a, [pc], #2
7:
  push_return_address
  rev16 a, a
  add a, a, b
  add pc, ram, a, uxth
  dispatch
  wrapping_operand short
.endm

.macro row_LIT
  check reads=0, grows=1
  access ldrb, ldrh, a, [pc], #SIZE
7:
  fetch
  push a
  jump
  .if SHORT
    wrapping_operand short
  .else
    wrapping_operand byte
  .endif
.endm

.macro row_INC
  check reads=SIZE, grows=KEEP
  fetch
  load a, 1
  .if SHORT
    add a, a, #0x100 // The low byte is the upper half here; its carry leaves at bit 16, one time in 256.
    tbnz a, #16, 2f
  .else
    add a, a, #1
  .endif
1:
  put a
  jump
  .if SHORT
2:
    add a, a, #1
    and a, a, #0xff
    b 1b
  .endif
  wrapping
.endm

.macro row_POP
  .if KEEP
    check reads=0
    fetch
  .else
    check reads=SIZE
    fetch
    sub own, own, #SIZE
  .endif
  jump
  wrapping
.endm

.macro row_NIP
  check reads=2*SIZE, grows=KEEP
  fetch
  take a, 1
  put a
  jump
  wrapping
.endm

.macro row_SWP
  check reads=2*SIZE, grows=KEEP
  fetch
  load b, 1
  load a, 2
  put b, 2
  store a, 1
  jump
  wrapping
.endm

.macro row_ROT
  check reads=3*SIZE, grows=KEEP
  fetch
  load c, 1
  load b, 2
  load a, 3
  put b, 3
  store c, 2
  store a, 1
  jump
  wrapping
.endm

.macro row_DUP
  check reads=SIZE, grows=1
  fetch
  load a, 1
  .if KEEP
    push a, 2
    store a, 1
  .else
    push a
  .endif
  jump
  wrapping
.endm

.macro row_OVR
  check reads=2*SIZE, grows=1
  fetch
  load a, 2
  .if KEEP
    load b, 1
    push a, 3
    store b, 2
    store a, 1
  .else
    push a
  .endif
  jump
  wrapping
.endm

.macro comparison condition, ordered
  check reads=2*SIZE, grows=KEEP
  fetch
  load b, 1
  take a, 2
  .if \ordered
    swap_bytes a
    swap_bytes b
  .endif
  cmp a, b
  cset a, \condition
  strb a, [own], #1
  jump
  wrapping
.endm
.macro row_EQU
  comparison eq, 0
.endm
.macro row_NEQ
  comparison ne, 0
.endm
.macro row_GTH
  comparison hi, 1
.endm
.macro row_LTH
  comparison lo, 1
.endm

.macro row_JMP
  check reads=SIZE, pc=0
  take_target
  jump_to_target
  dispatch
  wrapping
.endm

// A branch and not a select: the fetch then need not wait for the condition, and each way has a jump of its own.
.macro row_JCN
  check reads=SIZE+1
  load_target
  take_bytes ldrb, ldurb, b, SIZE+1
  cbz b, 1f
  jump_to_target
  dispatch
1:
  dispatch
  wrapping
.endm

.macro row_JSR
  check reads=SIZE, other_grows=1, pc=0
  take_target
  push_return_address
  swap_bytes a
  .if SHORT
    add pc, ram, ax
  .else
    add a, a, b
    add pc, ram, a, uxth
  .endif
  dispatch
  wrapping
.endm

.macro row_STH
  check reads=SIZE, other_grows=1
  fetch
  take a, 1
  access strb, strh, a, [other], #SIZE
  jump
  wrapping
.endm

.macro row_LDZ
  check reads=1, grows=SHORT|KEEP
  fetch
  ldurb a, [own, #-1]
  .if SHORT
    cmp a, #0xff
    b.eq 2f
  .endif
  access ldrb, ldrh, a, [ram, ax]
1:
  put_over_byte a
  jump
  .if SHORT
2:
    ldrb b, [ram, ax]
    ldrb a, [ram]
    orr a, b, a, lsl #8
    b 1b
  .endif
  wrapping
.endm

.macro row_STZ
  check reads=SIZE+1
  ldurb a, [own, #-1]
  take_at b, SIZE+1
  .if SHORT
    cmp a, #0xff
    b.eq 2f
  .endif
  access strb, strh, b, [ram, ax]
  dispatch
  .if SHORT
2:
    strb b, [ram, ax]
    lsr b, b, #8
    strb b, [ram]
    dispatch
  .endif
  wrapping
.endm

.macro row_LDR
  check reads=1, grows=SHORT|KEEP, pc=2
  ldursb ax, [own, #-1]
  access ldrb, ldrh, a, [pc, ax]
1:
  fetch
  put_over_byte a
  jump
9:
  bl asm_aarch64_wrap
  address_at_distance
  load_wrapping
  b 1b
.endm

.macro row_STR
  check reads=SIZE+1, pc=2
  ldursb ax, [own, #-1]
  take_at b, SIZE+1
  access strb, strh, b, [pc, ax]
  dispatch
9:
  bl asm_aarch64_wrap
  address_at_distance
  take_at b, SIZE+1
  store_wrapping
  dispatch
.endm

.macro row_LDA
  check reads=2, grows=KEEP
  fetch
  .if SHORT | KEEP
    ldurh a, [own, #-2]
  .else
    ldrh a, [own, #-2]!
  .endif
  rev16 a, a
  check_address
  access ldrb, ldrh, a, [ram, ax]
1:
  .if SHORT
    put a
  .else
    push a
  .endif
  jump
  .if SHORT
2:
    load_wrapping
    b 1b
  .endif
  wrapping
.endm

.macro row_STA
  check reads=SIZE+2
  ldurh a, [own, #-2]
  take_at b, SIZE+2
  rev16 a, a
  check_address
  access strb, strh, b, [ram, ax]
  dispatch
  .if SHORT
2:
    store_wrapping
    dispatch
  .endif
  wrapping
.endm

.macro arithmetic operation, ordered=1
  check reads=2*SIZE, grows=KEEP
  fetch
  load a, 2
  take b, 1
  .if \ordered
    swap_bytes a
    swap_bytes b
  .endif
  \operation a, a, b
  .if \ordered
    swap_bytes a
  .endif
  put a
  jump
  wrapping
.endm
.macro row_ADD
  arithmetic add
.endm
.macro row_SUB
  arithmetic sub
.endm
.macro row_MUL
  arithmetic mul
.endm
.macro row_DIV
  arithmetic udiv // Dividing by 0 gives 0, here as in Uxn.
.endm
.macro row_AND
  arithmetic and, 0
.endm
.macro row_ORA
  arithmetic orr, 0
.endm
.macro row_EOR
  arithmetic eor, 0
.endm

.macro row_SFT
  check reads=SIZE+1, grows=KEEP
  fetch
  take_bytes ldrb, ldurb, b, 1
  access ldurb, ldurh, a, [own, #-(SIZE+KEEP)]
  swap_bytes a
  and c, b, #0x0f
  lsr a, a, c
  lsr b, b, #4
  lsl a, a, b
  swap_bytes a
  put a
  jump
  wrapping
.endm

// ---- Device rows: they leave the handlers anyway, so they mask every pointer instead of checking -----------------

.macro pop_masked register, pointer
  sub bx, \pointer, #1
  bfi \pointer, bx, #0, #8
  ldrb \register, [\pointer]
.endm
.macro push_masked register
  strb \register, [own]
  add bx, own, #1
  bfi own, bx, #0, #8
.endm
.macro show_stack_pointers
  strb wst32, [machine, #MACHINE_WST]
  strb rst32, [machine, #MACHINE_RST]
.endm
.macro call_device function
  ldr x8, [machine, #\function]
  mov x0, machine
  blr x8
.endm
// w1 = the port behind the one kept in the frame.
.macro next_port
  ldrb w1, [x29, #FRAME_SPILL]
  add w1, w1, #1
  and w1, w1, #0xff
.endm
.macro dispatch_after_device
  mov two, #2
  mov five, #5
  sub ax, pc, ram
  add pc, ram, a, uxth
  dispatch
.endm

.macro row_DEI
  .if KEEP
    mov cx, own
    pop_masked w1, cx
  .else
    pop_masked w1, own
  .endif
  show_stack_pointers
  .if SHORT
    strb w1, [x29, #FRAME_SPILL]
    call_device MACHINE_DEI
    next_port
    strb w0, [x29, #FRAME_SPILL]
    call_device MACHINE_DEI
    ldrb a, [x29, #FRAME_SPILL]
    push_masked a
  .else
    call_device MACHINE_DEI
  .endif
  push_masked w0
  dispatch_after_device
.endm

.macro row_DEO
  mov cx, own
  pop_masked w1, cx
  pop_masked w2, cx
  .if SHORT
    strb w1, [x29, #FRAME_SPILL]
    strb w2, [x29, #FRAME_SPILL + 1]
    pop_masked w2, cx
  .endif
  .ifeq KEEP
    mov own, cx
  .endif
  show_stack_pointers
  call_device MACHINE_DEO
  .if SHORT
    next_port
    ldrb w2, [x29, #FRAME_SPILL + 1]
    call_device MACHINE_DEO
  .endif
  ldrb a, [machine, #MACHINE_WST]
  ldrb b, [machine, #MACHINE_RST]
  bfi wst, ax, #0, #8
  bfi rst, bx, #0, #8
  dispatch_after_device
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
  .cfi_offset x29, -FRAME_SIZE
  .cfi_offset x30, 8 - FRAME_SIZE
  .cfi_offset x19, 16 - FRAME_SIZE
  .cfi_offset x20, 24 - FRAME_SIZE
  .cfi_offset x21, 32 - FRAME_SIZE
  .cfi_offset x22, 40 - FRAME_SIZE
  .cfi_offset x23, 48 - FRAME_SIZE
  .cfi_offset x24, 56 - FRAME_SIZE
  .cfi_offset x25, 64 - FRAME_SIZE
  .cfi_offset x26, 72 - FRAME_SIZE
  .cfi_offset x27, 80 - FRAME_SIZE
  .cfi_offset x28, 88 - FRAME_SIZE
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

// Called by a handler whose check failed. Returns so that its body can run where nothing wraps: pc inside memory, both
// stacks' tops in windows of the frame, and `unwrap` as the next handler whatever the opcode.
.macro set_aside stack, window
  sub bx, \stack, #WINDOW_BELOW
  bfi \stack, bx, #0, #8
  add x13, x29, #\window
  mov w14, #WINDOW_SIZE
1:
  ldrb c, [\stack]
  strb c, [x13], #1
  add bx, \stack, #1
  bfi \stack, bx, #0, #8
  subs w14, w14, #1
  b.ne 1b
  sub \stack, x13, #(WINDOW_SIZE - WINDOW_BELOW)
.endm
function asm_aarch64_wrap
  describe_frame
  sub bx, pc, ram
  add pc, ram, b, uxth
  stp wst, rst, [x29, #FRAME_SPILL]
  set_aside wst, FRAME_WINDOWS
  set_aside rst, FRAME_WINDOWS+WINDOW_SIZE
  adrp table, PAGE_OF(unwrap_table)
  add table, table, OFFSET_IN_PAGE(unwrap_table)
  ret
end_function asm_aarch64_wrap

// Reached instead of the next handler after `wrap`: copies the windows back, moves the real stack pointers as far as
// those in the windows went, and dispatches.
.macro bring_back stack, window, saved
  ldr x15, [x29, #\saved]
  add x13, x29, #\window
  sub ax, \stack, x13
  add ax, ax, x15 // the new stack pointer, WINDOW_BELOW too high
  sub ax, ax, #WINDOW_BELOW
  sub bx, x15, #WINDOW_BELOW
  mov \stack, x15
  bfi \stack, bx, #0, #8
  mov w14, #WINDOW_SIZE
1:
  ldrb c, [x13], #1
  strb c, [\stack]
  add bx, \stack, #1
  bfi \stack, bx, #0, #8
  subs w14, w14, #1
  b.ne 1b
  bfi \stack, ax, #0, #8
.endm
function asm_aarch64_unwrap
  describe_frame
  landing_pad
  sub pc, pc, #1
  bring_back wst, FRAME_WINDOWS, FRAME_SPILL
  bring_back rst, FRAME_WINDOWS+WINDOW_SIZE, FRAME_SPILL+8
  adrp table, PAGE_OF(handler_table)
  add table, table, OFFSET_IN_PAGE(handler_table)
  dispatch
end_function asm_aarch64_unwrap

// ---- The 256 handlers ----------------------------------------------------------------------------------------

own .req x22
own32 .req w22
own_bound .req x26
other .req x23
other_bound .req x27

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
  .unreq own
  .unreq own32
  .unreq own_bound
  .unreq other
  .unreq other_bound
  .if RETURN
    own .req x23
    own32 .req w23
    own_bound .req x27
    other .req x22
    other_bound .req x26
  .else
    own .req x22
    own32 .req w22
    own_bound .req x26
    other .req x23
    other_bound .req x27
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
