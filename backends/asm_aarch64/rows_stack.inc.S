// The rows that only use the stacks, a macro each, for the mode in SHORT, KEEP and RETURN. isa/semantics.h says what a
// row does. Labels: 2 is a rare way of the body, 1 where it joins the body again, 7 to 9 as in wrapping.inc.S.

// ---- Stack

.macro row_INC
  begin reads=SIZE, grows=KEEP
  load a, 1
  if_byte add a, a, #1
  if_short add a, a, #0x100 // The low byte is the upper half here; its carry leaves at bit 16, one time in 256.
  if_short tbnz a, #16, 2f
1:
  put a
  jump
2:
  if_short add a, a, #1
  if_short and a, a, #0xff
  if_short b 1b
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

.macro row_STH
  begin reads=SIZE, other_grows=1
  take a, 1
  access strb, strh, a, [other], #SIZE
  finish
.endm

// ---- Comparison and arithmetic

.macro swap_operands
  swap_bytes a
  swap_bytes b
.endm
assemble_if if_ordered, ORDERED // It matters which byte of a short is the high one.

.macro comparison condition, ordered=1
  .set ORDERED, \ordered
  begin reads=2*SIZE, grows=KEEP
  load b, 1
  take a, 2
  if_ordered swap_operands
  cmp a, b
  cset a, \condition
  strb a, [own], #1
  finish
.endm
row_is EQU, comparison eq, 0
row_is NEQ, comparison ne, 0
row_is GTH, comparison hi
row_is LTH, comparison lo

.macro arithmetic operation, ordered=1
  .set ORDERED, \ordered
  begin reads=2*SIZE, grows=KEEP
  load a, 2
  take b, 1
  if_ordered swap_operands
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
