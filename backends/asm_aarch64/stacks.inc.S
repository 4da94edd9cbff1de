// How opcodes take operands from their stack and leave results there. Operands have SIZE bytes, and number 1 is on top.
// A short stays in memory order: its high byte is in the low half of the register.

// `byte` or `short`, whichever loads or stores an operand of this mode.
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
.macro push register, count=1
  access strb, strh, \register, [own], #((\count)*SIZE)
.endm

// Loads an operand, and takes it off with everything above it unless with keep: the operand of SIZE bytes, or of any
// width, whose bytes begin at `depth`; or the operand of that number.
.macro take_bytes moving, still, register, depth
  if_keep \still \register, [own, #-(\depth)]
  unless_keep \moving \register, [own, #-(\depth)]!
.endm
.macro take_at register, depth
  if_byte take_bytes ldrb, ldurb, \register, \depth
  if_short take_bytes ldrh, ldurh, \register, \depth
.endm
.macro take register, number
  take_at \register, \number*SIZE
.endm

// Stores a result over an operand; with keep on top of the stack, which becomes higher by `number` operands. Results
// above it follow as `store`, in both modes.
.macro put register, number=1
  if_keep push \register, \number
  unless_keep store \register, \number
.endm

// Turns a short in memory order into a number, or back.
.macro swap_bytes register
  if_short rev16 \register, \register
.endm
