// The rows that read code or move pc, a macro each, for the mode in SHORT, KEEP and RETURN. isa/semantics.h says what a
// row does.

// ---- Immediates: the operand stands behind the opcode

row_is BRK, leave

.macro row_LIT
  operand_reaches SIZE
  if_short operand_byte 0, a
  if_short push_bytes a8
  operand_byte SHORT, top
  push_bytes top8
  dispatch_past SIZE
.endm

// e = the address behind the operand.
.macro begin_jump; operand_reaches 2; leal 2(pc), e; .endm

// Jumps by the operand. Both pc and the address to fetch from wait for one addition only.
.macro jump_by_operand
  .if WRAPPING
    operand_byte 0, b; operand_byte 1, a
    shll $(8), b; orl b, a
  .else
    movzwl (ram, pc), a; rolw $(8), a16
  .endif
#ifdef DISPATCHBENCH_BUDGETED_VARIANT
  addw $(2), pc16; addw a16, pc16
  dispatch
#else
  addw $(3), pc16; addw a16, pc16
  addw e16, a16; movzbl (ram, a64), a
  jmp *(table, a64, 8)
#endif
.endm

.macro row_JCI
  operand_reaches 2
  movl top, b
  drop 1; movzbl (own), top
  testl b, b; jz 1f
  leal 2(pc), e
  remember_pc
  has_made A_JUMP
  jump_by_operand
1:
  has_made NOTHING
  dispatch_past 2
.endm

.macro row_JMI; begin_jump; remember_pc; has_made A_JUMP; jump_by_operand; .endm
.macro row_JSI
  begin_jump
  push_other e_high8, e8; movzbl e8, other_top
  has_made A_CALL
  jump_by_operand
.endm

// ---- Jumps by the signed byte, or to the short, on top

.macro jump_to_target
  .if SHORT
    peek 1, pc32
    shll $(8), pc32; orl top, pc32
  .else
    movsbl top8, b; addw b16, pc16
  .endif
.endm

.macro row_JMP; reaches SHORT; remember_pc; jump_to_target; has_made A_JUMP; no_result SIZE; .endm

.macro row_JCN
  reaches SIZE
  peek SIZE, b
  testl b, b; jz 1f
  remember_pc
  jump_to_target
  has_made A_JUMP
  no_result 1+SIZE
1:
  has_made NOTHING
  no_result 1+SIZE
.endm

.macro row_JSR
  reaches SHORT
  movl pc32, a
  push_other a_high8, a8; movzbl a8, other_top
  jump_to_target
  has_made A_CALL
  no_result SIZE
.endm
