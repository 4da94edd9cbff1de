// The rows that only use the stacks, a macro each, for the mode in SHORT, KEEP and RETURN. isa/semantics.h says what a
// row does.

// ---- Stack

// a = the high byte of the short on top.
.macro high_byte; reaches 1; peek 1, a; .endm

.macro row_INC
  .if SHORT && KEEP
    high_byte
    addb $(1), top8; adcb $(0), a8
    result a8
  .else
    incb top8
    if_byte byte_result
    if_short add_carry
  .endif
.endm

// The high byte changes once in 256 times. With a jump around it, nothing waits for it.
.macro add_carry
  movb top8, (own); jz 1f
  dispatch
1:
  decb own8; incb (own); incb own8
  dispatch
.endm

row_is POP, no_result SIZE

.macro row_NIP
  if_short reaches 3-2*KEEP
  if_short peek 1, a
  unless_keep drop SIZE
  result a8
.endm

.macro row_SWP
  reaches 1+2*SHORT
  peek 1, a
  .if SHORT
    peek 2, b; peek 3, c
    .if KEEP
      push_bytes a8, top8, c8, b8
    .else
      poke a8, 3; poke top8, 2; poke c8, 1; poke b8, 0
    .endif
    movl b, top
  .else
    if_keep push_bytes top8, a8
    unless_keep poke top8, 1
    unless_keep poke a8, 0
    movl a, top
  .endif
  dispatch
.endm

.macro row_ROT
  reaches 2+3*SHORT
  peek 1, a
  .if SHORT
    peek 2, b; peek 3, c; peek 5, d
    .if KEEP
      push_bytes c8, b8, a8, top8
      peek_below 4
      push_bytes d8, top8
    .else
      poke top8, 2; peek 4, top
      poke c8, 5; poke b8, 4; poke a8, 3; poke d8, 1; poke top8, 0
    .endif
  .elseif KEEP
    push_bytes a8, top8
    peek_below 2
    push_bytes top8
  .else
    poke top8, 1; peek 2, top
    poke a8, 2; poke top8, 0
  .endif
  dispatch
.endm

// top = the byte that was at depth `count` before as many bytes were pushed.
.macro peek_below count; drop \count; peek \count, top; addb $\count, own8; .endm

.macro row_DUP
  if_short high_byte
  .rept 1+KEEP
    if_short push_bytes a8
    push_bytes top8
  .endr
  dispatch
.endm

.macro row_OVR
  reaches 1+2*SHORT
  .if SHORT
    peek 3, c; peek 2, b
    if_keep peek 1, a
    if_keep push_bytes c8, b8, a8, top8
    movl b, top
    push_bytes c8, top8
  .elseif KEEP
    peek 1, a
    push_bytes a8, top8, a8
    movl a, top
  .else
    peek 1, top
    push_bytes top8
  .endif
  dispatch
.endm

.macro row_STH
  if_short high_byte
  if_short push_other a8
  push_other top8; movl top, other_top
  no_result SIZE
.endm

// ---- Comparison

.macro equality condition
  if_byte bytewise cmpb
  .if SHORT
    reaches 3
    peek 1, a
    with_byte xorb, 2, top8; with_byte xorb, 3, a8
    unless_keep drop 3
    orb a8, top8
  .endif
  set\condition top8
  byte_result
.endm
row_is EQU, equality z
row_is NEQ, equality nz

// b - a borrows where a > b.
.macro row_GTH; bytewise cmpb, sbbb, dropped=3; setb top8; byte_result; .endm

// a - b borrows where a < b.
.macro row_LTH
  .if SHORT
    reaches 3
    peek 2, b; peek 3, a
    unless_keep drop 3
    cmpb top8, b8; with_byte sbbb, 3*KEEP-2, a8
  .else
    second_byte
    cmpb top8, a8
  .endif
  setb top8
  byte_result
.endm

// ---- Arithmetic

.macro bytewise_result low, high; bytewise \low, \high; result a8; .endm
row_is ADD, bytewise_result addb, adcb
row_is AND, bytewise_result andb, andb
row_is ORA, bytewise_result orb, orb
row_is EOR, bytewise_result xorb, xorb

.macro row_SUB
  .if SHORT
    reaches 3
    peek 2, b; peek 3, a
    subb top8, b8; with_byte sbbb, 1, a8
    movl b, top
    unless_keep drop 2
  .else
    reaches KEEP
    unless_keep drop 1
    negb top8
    with_byte addb, KEEP, top8
  .endif
  result a8
.endm

.macro row_MUL; two_operands; imull top, a; result_in_a; .endm

// Dividing by 0 gives 0.
.macro row_DIV
  two_operands
  movl top, b
  movl wst_top, d // The division takes eax. To opcodes of the return stack, that is the other stack's top.
  movl a, %eax; xorl a, a
  testl b, b; jz 1f
  xorl %edx, %edx; divl b; movl %eax, a
1:
  movl d, wst_top
  result_in_a
.endm

.macro row_SFT
  .if SHORT
    reaches 2
    peek 2, c; peek 1, b
    shll $(8), c; orl c, b
    unless_keep drop 1
  .else
    second_byte
    movl a, b
  .endif
  movl top, a; andl $(15), a; shrl %cl, b
  movl top, a; shrl $(4), a; shll %cl, b
  movl b, a
  result_in_a
.endm
