// How opcodes take operands from their stack, leave results there, and end. Depth 0 is the byte on top, in `top`; a
// negative depth is a byte that has just been dropped.

.macro peek depth, register; with_byte movzbl, \depth, \register; .endm

.macro drop count
  .if (\count) == 1
    decb own8
  .elseif (\count) > 0
    subb $(\count), own8
  .endif
.endm

// Pushes bytes. The last one has to get into `top`, too.
.macro push_bytes registers:vararg
  .irp register, \registers
    incb own8; movb \register, (own)
  .endr
.endm
.macro push_other registers:vararg
  .irp register, \registers
    incb other8; movb \register, (other)
  .endr
.endm

// ---- Two operands

// a = the byte below `top`, which unless with keep is dropped.
.macro second_byte; reaches KEEP; unless_keep drop 1; peek KEEP, a; .endm

// top and a = the operands. The upper one is dropped unless with keep.
.macro two_operands
  if_byte second_byte
  .if SHORT
    reaches 3
    peek 1, b; peek 3, a; peek 2, c
    shll $(8), b; shll $(8), a
    orl b, top; orl c, a
    unless_keep drop 2
  .endif
.endm

// `low lower operand, top`, and for shorts with the carry from that `high lower operand's high byte, a8`. Then a8:top
// is the result. Drops one operand, or of shorts `dropped` bytes, unless with keep.
.macro bytewise low, high, dropped=2
  .if SHORT
    reaches 3
    peek 1, a
    unless_keep drop \dropped
    with_byte \low, 2-\dropped*!KEEP, top8
    with_byte \high, 3-\dropped*!KEEP, a8
  .else
    reaches KEEP
    unless_keep drop 1
    with_byte \low, KEEP, top8
  .endif
.endm

// ---- Ends of an opcode

// It pushes nothing and pops `count` bytes: `top` comes from below them.
.macro no_result count
  unless_keep drop \count
  unless_keep movzbl (own), top
  dispatch
.endm

// The byte in `top` replaces the one byte of its operands that hasn't been dropped.
.macro byte_result
  if_keep incb own8
  movb top8, (own)
  dispatch
.endm

// The same for `top`, or for the short high:top where two bytes are left.
.macro result high
  .if SHORT == 0
    byte_result
  .else
    if_keep push_bytes \high, top8
    unless_keep poke \high, 1
    unless_keep movb top8, (own)
    dispatch
  .endif
.endm

// The same for the byte or short in a.
.macro result_in_a
  movzbl a8, top
  .if SHORT && WRAPPING
    shrl $(8), a // A wrapped address is in r11, where a_high8 can't be stored.
    result a8
  .else
    result a_high8
  .endif
.endm
