// The mode of the opcode that is assembled (OPCODE), as 0 or 1 in SHORT, RETURN and KEEP; SIZE is the bytes of an
// operand. The same file for every processor.

.macro decode_mode
  .set SHORT, (OPCODE >> 5) & 1
  .set RETURN, (OPCODE >> 6) & 1
  .set KEEP, (OPCODE >> 7) & 1
  // In an immediate's byte these bits choose one of the eight. Only for LIT do two of them mean a mode.
  .if (OPCODE & 0x1f) == 0
    .set KEEP, 0
  .endif
  .if (OPCODE & 0x9f) == 0
    .set RETURN, 0
  .endif
  .set SIZE, SHORT + 1
  name_stacks
.endm

// `if_short instruction` and the like assemble the instruction, or a macro, in that mode only.
.macro assemble_if name, condition
  .macro \name instruction:vararg
    .if \condition
      \instruction
    .endif
  .endm
.endm
assemble_if if_short, SHORT
assemble_if if_byte, !SHORT
assemble_if if_keep, KEEP
assemble_if unless_keep, !KEEP

// `row_is row, macro arguments`: defines a row that is one macro.
.macro row_is row, macro:vararg
  .macro row_\row
    \macro
  .endm
.endm
