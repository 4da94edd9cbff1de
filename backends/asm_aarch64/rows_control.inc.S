// The rows that read code or move pc, a macro each, for the mode in SHORT, KEEP and RETURN. isa/semantics.h says what a
// row does. Labels as in rows_stack.inc.S.

// pc = pc + a, around 16 bits.
.macro jump_by_distance
  add a64, pc, a64
  sub a64, a64, ram
  add pc, ram, a, uxth
.endm

// Leaves pc as a number in b, too.
.macro push_return_address
  sub b64, pc, ram
  rev16 c, b
  strh c, [other], #2
.endm

// ---- Immediates: the operand stands behind the opcode

.macro row_BRK
  store_stack_pointers
  sub a64, pc, ram
  strh a, [machine, #MACHINE_PC]
  b asm_aarch64_leave
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

.macro row_JCI
  remember_pc
  check reads=1
  ldrh a, [pc], #2
7:
  ldrb b, [own, #-1]!
  cbz b, 1f
  rev16 a, a
  jump_by_distance
  has_made A_JUMP
  dispatch
1:
  has_made NOTHING
  dispatch
  wrapping_operand short
.endm

.macro row_JMI
  remember_pc
  check reads=0
  ldrh a, [pc], #2
7:
  rev16 a, a
  jump_by_distance
  has_made A_JUMP
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
  has_made A_CALL
  dispatch
  wrapping_operand short
.endm

// ---- Jumps by the signed byte, or to the short, on top: the distance in a64, or the address in memory order in a

.macro load_target
  if_byte ldursb a64, [own, #-1]
  if_short ldurh a, [own, #-2]
.endm
.macro take_target
  if_byte take_bytes ldrsb, ldursb, a64, 1
  if_short take_at a, 2
.endm
.macro jump_to_target
  if_byte jump_by_distance
  if_short rev16 a, a
  if_short add pc, ram, a64
.endm

.macro row_JMP
  remember_pc
  check reads=SIZE, pc=0
  take_target
  jump_to_target
  has_made A_JUMP
  dispatch
  wrapping
.endm

// A branch and not a select: the fetch then need not wait for the condition, and each way has a jump of its own.
.macro row_JCN
  remember_pc
  check reads=SIZE+1
  load_target
  take_bytes ldrb, ldurb, b, SIZE+1
  cbz b, 1f
  jump_to_target
  has_made A_JUMP
  dispatch
1:
  has_made NOTHING
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
  has_made A_CALL
  dispatch
  wrapping
.endm
