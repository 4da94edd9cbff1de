// The rows that access memory and devices, a macro each, for the mode in SHORT, KEEP and RETURN. isa/semantics.h says
// what a row does.

// ---- Memory at `address`, a 64-bit register; `successor` is the part of it that is as wide as addresses are there

// top = the byte in memory; a short is c:top.
.macro load address, successor
  if_short movzbl (ram, \address), c
  if_short inc \successor
  movzbl (ram, \address), top
.endm

// Stores the operand behind an address of `width` bytes, which ends the opcode.
.macro store address, successor, width
  .if SHORT
    peek \width+1, b
    movb b8, (ram, \address)
    inc \successor
  .endif
  peek \width, b
  movb b8, (ram, \address)
  no_result \width+SIZE
.endm

// a = pc plus the signed distance in top; or a = the short on top.
.macro relative_address; movsbl top8, a; addl pc32, a; movzwl a16, a; .endm
.macro absolute_address; peek 1, a; shll $(8), a; orl top, a; .endm

// Ends an opcode that has loaded: the result replaces an address of one byte.
.macro loaded_result
  if_byte byte_result
  .if SHORT
    if_keep incb own8
    movb c8, (own)
    push_bytes top8
    dispatch
  .endif
.endm

.macro row_LDZ; load top64, top8; loaded_result; .endm
.macro row_LDR; relative_address; load a64, a16; loaded_result; .endm
.macro row_LDA; reaches 1; absolute_address; load a64, a16; if_byte unless_keep drop 1; result c8; .endm

.macro row_STZ
  reaches SIZE
  if_byte store top64, top8, 1
  if_short movl top, a
  if_short store a64, a8, 1
.endm
.macro row_STR; reaches SIZE; relative_address; store a64, a16, 1; .endm
.macro row_STA; reaches 1+SIZE; absolute_address; store a64, a16, 2; .endm

// ---- Devices

// The first byte that is read waits in the frame.
.macro row_DEI
  unless_keep drop 1
  store_stack_pointers
  movzbl top8, a
  .if SHORT
    movb a8, (%rsp)
    call_device MACHINE_DEI
    movzbl (%rsp), a; incb a8
    movb %al, (%rsp)
  .endif
  call_device MACHINE_DEI
  movzbl %al, b
  load_stacks
  if_short movb (%rsp), a8
  if_short push_bytes a8
  movl b, top
  push_bytes top8
  dispatch
.endm

// The low byte and the port wait in the frame.
.macro row_DEO
  reaches SIZE
  peek 1, b
  .if SHORT
    movb b8, (%rsp); movb top8, 1(%rsp)
    peek 2, b
  .endif
  unless_keep drop 1+SIZE
  store_stack_pointers
  movzbl top8, a; movl b, e
  call_device MACHINE_DEO
  .if SHORT
    movzbl 1(%rsp), a; incb a8
    movzbl (%rsp), e
    call_device MACHINE_DEO
  .endif
  load_stacks
  dispatch
.endm
