// Accesses that wrap around the end of a stack or of memory.
//
// A handler whose accesses could wrap checks once, in front, and leaves for label 9: a second instance of its macro,
// out of line, where WRAPPING is 1 and every access wraps. MAY_WRAP notes that the opcode needs one.

// Bytes of the own stack down to `depth` are going to be accessed.
.macro reaches depth
  .if (WRAPPING == 0) && ((\depth) > 0)
    cmpb $(\depth), own8; jb 9f
    .set MAY_WRAP, 1
  .endif
.endm

// An immediate operand of `count` bytes and the next opcode are going to be read at pc.
.macro operand_reaches count
  .if WRAPPING == 0
    cmpl $(0x10000 - (\count)), pc32; jae 9f
    .set MAY_WRAP, 1
  .endif
.endm

// `instruction byte at depth, register`, or the opposite. Flags pass through it.
.macro with_byte instruction, depth, register
  .if WRAPPING
    wrap_address \depth
    \instruction (%r11), \register
  .else
    \instruction -(\depth)(own), \register
  .endif
.endm
.macro poke register, depth
  .if WRAPPING
    wrap_address \depth
    movb \register, (%r11)
  .else
    movb \register, -(\depth)(own)
  .endif
.endm
// r11 = the wrapped address of the byte at `depth`.
.macro wrap_address depth; leaq -(\depth)(own), %r10; movq own, %r11; movb %r10b, %r11b; .endm

// register = the immediate operand's byte at `offset`.
.macro operand_byte offset, register
  .if WRAPPING
    leal \offset(pc), %r11d; movzwl %r11w, %r11d
    movzbl (ram, %r11), \register
  .else
    movzbl \offset(ram, pc), \register
  .endif
.endm
