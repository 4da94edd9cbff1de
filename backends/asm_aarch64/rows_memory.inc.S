// The rows that access memory and devices, a macro each, for the mode in SHORT, KEEP and RETURN. isa/semantics.h says
// what a row does. Labels as in rows_stack.inc.S.

// ---- Memory

// Goes to label 2 if a short at address a would wrap.
.macro check_address
  if_short add c, a, #1
  if_short tbnz c, #16, 2f
.endm
.macro check_zero_page
  if_short cmp a, #0xff
  if_short b.eq 2f
.endm

// a = what is in memory at address a, or stores b there, where a short may wrap.
.macro load_wrapping
  if_byte ldrb a, [ram, a64]
  .if SHORT
    ldrb b, [ram, a64]
    add a, a, #1
    add c64, ram, a, uxth
    ldrb a, [c64]
    orr a, b, a, lsl #8
  .endif
.endm
.macro store_wrapping
  strb b, [ram, a64]
  .if SHORT
    lsr b, b, #8
    add a, a, #1
    add c64, ram, a, uxth
    strb b, [c64]
  .endif
.endm

// a = the address at the distance on top of the stack, around 16 bits.
.macro address_at_distance
  ldursb a64, [own, #-1]
  add a64, a64, pc
  sub a64, a64, ram
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

.macro row_LDZ
  begin reads=1, grows=SHORT|KEEP
  ldurb a, [own, #-1]
  check_zero_page
  access ldrb, ldrh, a, [ram, a64]
1:
  put_over_byte a
  jump
2:
  if_short ldrb b, [ram, a64]
  if_short ldrb a, [ram]
  if_short orr a, b, a, lsl #8
  if_short b 1b
  wrapping
.endm

.macro row_STZ
  check reads=SIZE+1
  ldurb a, [own, #-1]
  take_at b, SIZE+1
  check_zero_page
  access strb, strh, b, [ram, a64]
  dispatch
2:
  if_short strb b, [ram, a64]
  if_short lsr b, b, #8
  if_short strb b, [ram]
  if_short dispatch
  wrapping
.endm

.macro row_LDR
  check reads=1, grows=SHORT|KEEP, pc=2
  ldursb a64, [own, #-1]
  access ldrb, ldrh, a, [pc, a64]
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
  ldursb a64, [own, #-1]
  take_at b, SIZE+1
  access strb, strh, b, [pc, a64]
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
  access ldrb, ldrh, a, [ram, a64]
1:
  if_byte push a
  if_short put a
  jump
2:
  if_short load_wrapping
  if_short b 1b
  wrapping
.endm

.macro row_STA
  check reads=SIZE+2
  ldurh a, [own, #-2]
  take_at b, SIZE+2
  rev16 a, a
  check_address
  access strb, strh, b, [ram, a64]
  dispatch
2:
  if_short store_wrapping
  if_short dispatch
  wrapping
.endm

// ---- Devices: these handlers leave for C anyway, so they mask every pointer instead of checking

.macro pop_masked register, pointer
  sub b64, \pointer, #1
  bfi \pointer, b64, #0, #8
  ldrb \register, [\pointer]
.endm
.macro push_masked register
  strb \register, [own]
  add b64, own, #1
  bfi own, b64, #0, #8
.endm

// w1 = the port behind the one kept in the frame.
.macro next_port
  ldrb w1, [x29, #FRAME_SPILL]
  add w1, w1, #1
  and w1, w1, #0xff
.endm

.macro dispatch_after_device
  load_constants
  sub a64, pc, ram
  add pc, ram, a, uxth
  dispatch
.endm

// The port, then the first byte that is read, waits in the frame.
.macro row_DEI
  mov c64, own
  pop_masked w1, c64
  unless_keep mov own, c64
  store_stack_pointers
  .if SHORT
    strb w1, [x29, #FRAME_SPILL]
    call_device MACHINE_DEI
    next_port
    strb w0, [x29, #FRAME_SPILL]
  .endif
  call_device MACHINE_DEI
  if_short ldrb a, [x29, #FRAME_SPILL]
  if_short push_masked a
  push_masked w0
  dispatch_after_device
.endm

// The port and the low byte wait in the frame.
.macro row_DEO
  mov c64, own
  pop_masked w1, c64
  pop_masked w2, c64
  .if SHORT
    strb w1, [x29, #FRAME_SPILL]
    strb w2, [x29, #FRAME_SPILL + 1]
    pop_masked w2, c64
  .endif
  unless_keep mov own, c64
  store_stack_pointers
  call_device MACHINE_DEO
  .if SHORT
    next_port
    ldrb w2, [x29, #FRAME_SPILL + 1]
    call_device MACHINE_DEO
  .endif
  ldrb a, [machine, #MACHINE_WST]
  ldrb b, [machine, #MACHINE_RST]
  bfi wst, a64, #0, #8
  bfi rst, b64, #0, #8
  dispatch_after_device
.endm
