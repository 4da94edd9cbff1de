// The handlers: how opcodes access stacks and memory, then a macro for each row of isa/opcodes.h.
//
// Macros only. They work for one opcode at a time: SHORT, KEEP and SIZE (operand bytes) are its mode, own and other its
// two stacks (the mode `r` makes them change roles). Labels in a handler: 9 where the check leaves to, 8 the body that
// `wrap` returns to, 7 the same behind an operand, 2 rare ways of the body, 1 where those join.

// ---- Instructions of one mode only

.macro if_short instruction:vararg
  .if SHORT
    \instruction
  .endif
.endm
.macro if_byte instruction:vararg
  .ifeq SHORT
    \instruction
  .endif
.endm
.macro if_keep instruction:vararg
  .if KEEP
    \instruction
  .endif
.endm
.macro unless_keep instruction:vararg
  .ifeq KEEP
    \instruction
  .endif
.endm
.macro row_is row, macro:vararg
  .macro row_\row
    \macro
  .endm
.endm

// ---- The check in front of a handler

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

.macro begin reads, grows=0, other_grows=0, pc=1
  check \reads, \grows, \other_grows, \pc
  fetch
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
.macro finish
  jump
  wrapping
.endm

// ---- Operands: SIZE bytes each, number 1 on top; a short stays in memory order (high byte in the low half) ---------

.macro access byte, short, register, address:vararg
  if_byte \byte \register, \address
  if_short \short \register, \address
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
  access strb, strh, \register, [own], #((\count)*SIZE)
.endm
// Stores a result over an operand; with keep on top of the stack, which becomes higher by `number` operands. Results
// above it follow as `store`, in both modes.
.macro put register, number=1
  if_keep push \register, \number
  unless_keep store \register, \number
.endm
// The same as `take` where operands differ in width: `depth` counts bytes.
.macro take_bytes moving, still, register, depth
  if_keep \still \register, [own, #-(\depth)]
  unless_keep \moving \register, [own, #-(\depth)]!
.endm
.macro take_at register, depth
  if_byte take_bytes ldrb, ldurb, \register, \depth
  if_short take_bytes ldrh, ldurh, \register, \depth
.endm
// Turns a short in memory order into a number, or back.
.macro swap_bytes register
  if_short rev16 \register, \register
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
  if_byte ldursb ax, [own, #-1]
  if_short ldurh a, [own, #-2]
.endm
.macro take_target
  if_byte take_bytes ldrsb, ldursb, ax, 1
  if_short take_at a, 2
.endm
.macro jump_to_target
  if_byte jump_by_distance
  if_short rev16 a, a
  if_short add pc, ram, ax
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
  if_short add c, a, #1
  if_short tbnz c, #16, 2f
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
  if_byte wrapping_operand byte
  if_short wrapping_operand short
.endm

.macro row_INC
  begin reads=SIZE, grows=KEEP
  load a, 1
  if_byte add a, a, #1
  if_short add a, a, #0x100 // The low byte is the upper half here; its carry leaves at bit 16, one time in 256.
  if_short tbnz a, #16, 2f
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
  begin reads=(1-KEEP)*SIZE
  unless_keep sub own, own, #SIZE
  finish
.endm

.macro row_NIP
  begin reads=2*SIZE, grows=KEEP
  take a, 1
  put a
  finish
.endm

.macro row_SWP
  begin reads=2*SIZE, grows=KEEP
  load b, 1
  load a, 2
  put b, 2
  store a, 1
  finish
.endm

.macro row_ROT
  begin reads=3*SIZE, grows=KEEP
  load c, 1
  load b, 2
  load a, 3
  put b, 3
  store c, 2
  store a, 1
  finish
.endm

.macro row_DUP
  begin reads=SIZE, grows=1
  load a, 1
  push a, 1+KEEP
  if_keep store a, 1
  finish
.endm

.macro row_OVR
  begin reads=2*SIZE, grows=1
  load a, 2
  if_keep load b, 1
  push a, 1+2*KEEP
  if_keep store b, 2
  if_keep store a, 1
  finish
.endm

.macro if_ordered instruction:vararg
  .if ORDERED
    \instruction
  .endif
.endm

.macro comparison condition, ordered
  .set ORDERED, \ordered
  begin reads=2*SIZE, grows=KEEP
  load b, 1
  take a, 2
  if_ordered swap_bytes a
  if_ordered swap_bytes b
  cmp a, b
  cset a, \condition
  strb a, [own], #1
  finish
.endm
row_is EQU, comparison eq, 0
row_is NEQ, comparison ne, 0
row_is GTH, comparison hi, 1
row_is LTH, comparison lo, 1

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
  if_byte add a, a, b
  add pc, ram, a, uxth
  dispatch
  wrapping
.endm

.macro row_STH
  begin reads=SIZE, other_grows=1
  take a, 1
  access strb, strh, a, [other], #SIZE
  finish
.endm

.macro row_LDZ
  begin reads=1, grows=SHORT|KEEP
  ldurb a, [own, #-1]
  if_short cmp a, #0xff
  if_short b.eq 2f
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
  if_short cmp a, #0xff
  if_short b.eq 2f
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
  begin reads=2, grows=KEEP
  if_byte take_bytes ldrh, ldurh, a, 2
  if_short load a, 1
  rev16 a, a
  check_address
  access ldrb, ldrh, a, [ram, ax]
1:
  if_byte push a
  if_short put a
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
  .set ORDERED, \ordered
  begin reads=2*SIZE, grows=KEEP
  load a, 2
  take b, 1
  if_ordered swap_bytes a
  if_ordered swap_bytes b
  \operation a, a, b
  if_ordered swap_bytes a
  put a
  finish
.endm
row_is ADD, arithmetic add
row_is SUB, arithmetic sub
row_is MUL, arithmetic mul
row_is DIV, arithmetic udiv // Dividing by 0 gives 0, here as in Uxn.
row_is AND, arithmetic and, 0
row_is ORA, arithmetic orr, 0
row_is EOR, arithmetic eor, 0

.macro row_SFT
  begin reads=SIZE+1, grows=KEEP
  take_bytes ldrb, ldurb, b, 1
  access ldurb, ldurh, a, [own, #-(SIZE+KEEP)]
  swap_bytes a
  and c, b, #0x0f
  lsr a, a, c
  lsr b, b, #4
  lsl a, a, b
  swap_bytes a
  put a
  finish
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
  mov cx, own
  pop_masked w1, cx
  unless_keep mov own, cx
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
  unless_keep mov own, cx
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

