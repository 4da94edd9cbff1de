// The opcodes of one stack: included with RETURN_MODE 0 for those on the working stack, 1 for the others.
//
// OWN and OTHER are the two stacks (`r` makes them change roles), TOP is the byte on top of OWN, at depth 0.
// The arguments `short` and `keep` are 0 or 1; in the out-of-line instance is_wrapping is 1. A row reads its
// operands by depth, moves the stack pointer, then writes. What each row means stands in isa/meaning.h.

#if RETURN_MODE
#define OWN rsi
#define OWN_BYTE sil
#define OTHER rbx
#define OTHER_BYTE bl
#define TOP r12
#define TOP_INT r12d
#define TOP_BYTE r12b
#define OTHER_TOP_INT eax
#else
#define OWN rbx
#define OWN_BYTE bl
#define OTHER rsi
#define OTHER_BYTE sil
#define TOP rax
#define TOP_INT eax
#define TOP_BYTE al
#define OTHER_TOP_INT r12d
#endif

// ---- Stack access

// Bytes down to `depth` are going to be accessed: where that would wrap, the out-of-line instance does it.
.macro reaches depth
  .if (is_wrapping == 0) && (\depth > 0)
    cmp OWN_BYTE, \depth; jb 9f
    .set may_wrap, 1
  .endif
.endm

// r11 = address of the byte at `depth`, wrapping. Leaves the flags alone.
.macro wrapping_address depth; lea r10, [OWN - (\depth)]; mov r11, OWN; mov r11b, r10b; .endm

.macro poke depth, register
  .if is_wrapping
    wrapping_address \depth
    mov byte ptr [r11], \register
  .else
    mov byte ptr [OWN - (\depth)], \register
  .endif
.endm

// `instruction register, byte at depth`: the flags of an instruction in front of it reach it.
.macro with_byte instruction, register, depth
  .if is_wrapping
    wrapping_address \depth
    \instruction \register, byte ptr [r11]
  .else
    \instruction \register, byte ptr [OWN - (\depth)]
  .endif
.endm

.macro peek register, depth; with_byte movzx, \register, \depth; .endm

// `instruction TOP, the byte below it`, which is then on top unless with keep.
.macro with_second instruction, keep
  reaches \keep
  drop_unless \keep, 1
  with_byte \instruction, TOP_BYTE, \keep
.endm

.macro drop count
  .if \count == 1
    dec OWN_BYTE
  .elseif \count > 0
    sub OWN_BYTE, \count
  .endif
.endm

// Drops an opcode's operands.
.macro drop_unless keep, count
  .if \keep == 0; drop \count; .endif
.endm

// Pushes bytes, the last of which has to get into TOP, too.
.macro put registers:vararg
  .irp register, \registers; inc OWN_BYTE; mov byte ptr [OWN], \register; .endr
.endm

.macro put_other registers:vararg
  .irp register, \registers; inc OTHER_BYTE; mov byte ptr [OTHER], \register; .endr
.endm

// Ends an opcode that pushes nothing and has popped `count` bytes: TOP comes from below them.
.macro no_result keep, count
  .if \keep == 0
    drop \count
    movzx TOP_INT, byte ptr [OWN]
  .endif
  dispatch
.endm

// Ends an opcode whose result is TOP: it replaces the one byte of its operands that hasn't been dropped.
.macro result keep
  .if \keep; inc OWN_BYTE; .endif
  mov byte ptr [OWN], TOP_BYTE
  dispatch
.endm

// The same for the short high:TOP, which replaces two bytes.
.macro result_short keep, high
  .if \keep
    put \high, TOP_BYTE
  .else
    poke 1, \high
    mov byte ptr [OWN], TOP_BYTE
  .endif
  dispatch
.endm

// ---- Stack opcodes

.macro row_INC short, keep
  .if \short == 0
    inc TOP_BYTE
    result \keep
  .elseif \keep
    reaches 1; peek ecx, 1
    add TOP_BYTE, 1; adc cl, 0
    result_short 1, cl
  .else
    // The high byte changes once in 256 times: with a jump around it nobody waits for it.
    inc TOP_BYTE
    mov byte ptr [OWN], TOP_BYTE; jz 1f
    dispatch
  1:
    dec OWN_BYTE; inc byte ptr [OWN]; inc OWN_BYTE
    dispatch
  .endif
.endm

.macro row_POP short, keep; no_result \keep, (1+\short); .endm

.macro row_NIP short, keep
  .if \short == 0
    drop_unless \keep, 1
    result \keep
  .else
    reaches (3-2*\keep)
    peek ecx, 1
    drop_unless \keep, 2
    result_short \keep, cl
  .endif
.endm

.macro row_SWP short, keep
  reaches (1+2*\short)
  peek ecx, 1
  .if \short
    peek edi, 2; peek r8d, 3
    .if \keep
      put cl, TOP_BYTE, r8b, dil
    .else
      poke 3, cl; poke 2, TOP_BYTE; poke 1, r8b; poke 0, dil
    .endif
    mov TOP_INT, edi
  .else
    .if \keep
      put TOP_BYTE, cl
    .else
      poke 1, TOP_BYTE; poke 0, cl
    .endif
    mov TOP_INT, ecx
  .endif
  dispatch
.endm

.macro row_ROT short, keep
  reaches (2+3*\short)
  .if \short
    peek ecx, 1; peek edi, 2; peek r8d, 3; peek r9d, 5
    .if \keep
      put r8b, dil, cl, TOP_BYTE
      drop 4; peek TOP_INT, 4; add OWN_BYTE, 4
      put r9b, TOP_BYTE
    .else
      poke 2, TOP_BYTE; peek TOP_INT, 4
      poke 5, r8b; poke 4, dil; poke 3, cl; poke 1, r9b; poke 0, TOP_BYTE
    .endif
  .else
    peek ecx, 1
    .if \keep
      put cl, TOP_BYTE
      drop 2; peek TOP_INT, 2; add OWN_BYTE, 2
      put TOP_BYTE
    .else
      poke 1, TOP_BYTE; peek TOP_INT, 2
      poke 2, cl; poke 0, TOP_BYTE
    .endif
  .endif
  dispatch
.endm

.macro row_DUP short, keep
  .if \short
    reaches 1; peek ecx, 1
    .rept 1+\keep; put cl, TOP_BYTE; .endr
  .else
    .rept 1+\keep; put TOP_BYTE; .endr
  .endif
  dispatch
.endm

.macro row_OVR short, keep
  reaches (1+2*\short)
  .if \short
    peek r8d, 3; peek edi, 2
    .if \keep
      peek ecx, 1
      put r8b, dil, cl, TOP_BYTE
    .endif
    mov TOP_INT, edi
    put r8b, TOP_BYTE
  .elseif \keep
    peek ecx, 1
    put cl, TOP_BYTE, cl; mov TOP_INT, ecx
  .else
    peek TOP_INT, 1
    put TOP_BYTE
  .endif
  dispatch
.endm

// ---- Comparison

.macro equality condition, short, keep
  .if \short
    reaches 3; peek ecx, 1
    with_byte xor, TOP_BYTE, 2; with_byte xor, cl, 3
    drop_unless \keep, 3
    or TOP_BYTE, cl
  .else
    with_second cmp, \keep
  .endif
  set\condition TOP_BYTE
  result \keep
.endm

.macro row_EQU short, keep; equality e, \short, \keep; .endm
.macro row_NEQ short, keep; equality ne, \short, \keep; .endm

// b - a borrows where a > b. (A negative depth is a byte that has just been dropped.)
.macro row_GTH short, keep
  .if \short
    reaches 3; peek ecx, 1
    drop_unless \keep, 3
    with_byte cmp, TOP_BYTE, (3*\keep-1); with_byte sbb, cl, (3*\keep)
  .else
    with_second cmp, \keep
  .endif
  setb TOP_BYTE
  result \keep
.endm

// a - b borrows where a < b.
.macro row_LTH short, keep
  .if \short
    reaches 3; peek edi, 2; peek ecx, 3
    drop_unless \keep, 3
    cmp dil, TOP_BYTE; with_byte sbb, cl, (3*\keep-2)
  .else
    second_operand \keep
    cmp cl, TOP_BYTE
  .endif
  setb TOP_BYTE
  result \keep
.endm

// ---- Jumps

// pc = where the jump operand leads.
.macro jump short
  .if \short
    peek ebp, 1
    shl ebp, 8; or ebp, TOP_INT
  .else
    movsx edi, TOP_BYTE; add bp, di
  .endif
.endm

.macro row_JMP short, keep
  reaches \short
  jump \short
  no_result \keep, (1+\short)
.endm

.macro row_JCN short, keep
  reaches (1+\short)
  peek edi, (1+\short)
  test edi, edi; jz 1f
  jump \short
  no_result \keep, (2+\short)
1:
  no_result \keep, (2+\short)
.endm

.macro row_JSR short, keep
  reaches \short
  mov ecx, ebp
  put_other ch, cl; movzx OTHER_TOP_INT, cl
  jump \short
  no_result \keep, (1+\short)
.endm

.macro row_STH short, keep
  .if \short
    reaches 1; peek ecx, 1
    put_other cl
  .endif
  put_other TOP_BYTE; mov OTHER_TOP_INT, TOP_INT
  no_result \keep, (1+\short)
.endm

// ---- Memory: `address` holds the operand's, `successor` is its register as wide as addresses are there

// TOP and with `2` the byte in front of it, r8b, = what stands in memory.
.macro load address, successor, short
  .if \short
    movzx r8d, byte ptr [r15 + \address]
    inc \successor
  .endif
  movzx TOP_INT, byte ptr [r15 + \address]
.endm

// The operand behind an address of `width` bytes goes to memory, which ends the opcode.
.macro store address, successor, width, short, keep
  .if \short
    peek edi, (\width+1)
    mov byte ptr [r15 + \address], dil
    inc \successor
  .endif
  peek edi, \width
  mov byte ptr [r15 + \address], dil
  no_result \keep, (\width+1+\short)
.endm

// rcx = pc and the signed distance TOP.
.macro relative_address; movsx ecx, TOP_BYTE; add ecx, ebp; movzx ecx, cx; .endm

// rcx = the short on top.
.macro absolute_address
  peek ecx, 1
  shl ecx, 8; or ecx, TOP_INT
.endm

// Ends an opcode that has loaded, from an address of one byte.
.macro result_loaded short, keep
  .if \short == 0
    result \keep
  .else
    .if \keep; inc OWN_BYTE; .endif
    mov byte ptr [OWN], r8b
    put TOP_BYTE
    dispatch
  .endif
.endm

.macro row_LDZ short, keep
  load TOP, TOP_BYTE, \short
  result_loaded \short, \keep
.endm

.macro row_LDR short, keep
  relative_address
  load rcx, cx, \short
  result_loaded \short, \keep
.endm

.macro row_LDA short, keep
  reaches 1
  absolute_address
  load rcx, cx, \short
  .if \short
    result_short \keep, r8b
  .else
    drop_unless \keep, 1
    result \keep
  .endif
.endm

.macro row_STZ short, keep
  reaches (1+\short)
  .if \short
    mov ecx, TOP_INT
    store rcx, cl, 1, 1, \keep
  .else
    store TOP, TOP_BYTE, 1, 0, \keep
  .endif
.endm

.macro row_STR short, keep
  reaches (1+\short)
  relative_address
  store rcx, cx, 1, \short, \keep
.endm

.macro row_STA short, keep
  reaches (2+\short)
  absolute_address
  store rcx, cx, 2, \short, \keep
.endm

// ---- Devices

// The first byte read waits in the frame.
.macro row_DEI short, keep
  drop_unless \keep, 1
  store_stack_pointers
  movzx ecx, TOP_BYTE
  .if \short
    mov byte ptr [rsp], cl
    call_device MACHINE_DEI
    movzx ecx, byte ptr [rsp]; inc cl
    mov byte ptr [rsp], al
  .endif
  call_device MACHINE_DEI
  movzx edi, al
  load_stacks
  .if \short
    mov cl, byte ptr [rsp]; put cl
  .endif
  mov TOP_INT, edi
  put TOP_BYTE
  dispatch
.endm

// The low byte and the port wait in the frame.
.macro row_DEO short, keep
  reaches (1+\short)
  peek edi, 1
  .if \short
    mov byte ptr [rsp], dil; mov byte ptr [rsp + 1], TOP_BYTE
    peek edi, 2
  .endif
  drop_unless \keep, (2+\short)
  store_stack_pointers
  movzx ecx, TOP_BYTE; mov edx, edi
  call_device MACHINE_DEO
  .if \short
    movzx ecx, byte ptr [rsp + 1]; inc cl
    movzx edx, byte ptr [rsp]
    call_device MACHINE_DEO
  .endif
  load_stacks
  dispatch
.endm

// ---- Arithmetic

// An operation that goes byte by byte, with a carry from the first instruction to the second.
.macro bytewise low_instruction, high_instruction, short, keep
  .if \short
    reaches 3; peek ecx, 1
    drop_unless \keep, 2
    with_byte \low_instruction, TOP_BYTE, (2*\keep)
    with_byte \high_instruction, cl, (2*\keep+1)
    result_short \keep, cl
  .else
    with_second \low_instruction, \keep
    result \keep
  .endif
.endm

.macro row_ADD short, keep; bytewise add, adc, \short, \keep; .endm
.macro row_AND short, keep; bytewise and, and, \short, \keep; .endm
.macro row_ORA short, keep; bytewise or, or, \short, \keep; .endm
.macro row_EOR short, keep; bytewise xor, xor, \short, \keep; .endm

.macro row_SUB short, keep
  .if \short
    reaches 3; peek edi, 2; peek ecx, 3
    sub dil, TOP_BYTE; with_byte sbb, cl, 1
    mov TOP_INT, edi
    drop_unless \keep, 2
    result_short \keep, cl
  .else
    reaches \keep
    drop_unless \keep, 1
    neg TOP_BYTE
    with_byte add, TOP_BYTE, \keep
    result \keep
  .endif
.endm

// Bytes: ecx = the operand below TOP, and unless with keep TOP is dropped.
.macro second_operand keep
  reaches \keep
  drop_unless \keep, 1
  peek ecx, \keep
.endm

// TOP or in ecx the operand below it, and unless with keep b is dropped.
.macro operands short, keep
  .if \short
    reaches 3
    peek edi, 1; peek ecx, 3; peek r8d, 2
    shl edi, 8; shl ecx, 8
    or TOP_INT, edi; or ecx, r8d
    drop_unless \keep, 2
  .else
    second_operand \keep
  .endif
.endm

// The byte or short in ecx is the result.
.macro result_ecx short, keep
  movzx TOP_INT, cl
  .if \short == 0
    result \keep
  .elseif is_wrapping
    shr ecx, 8 // ch can't be stored through r11.
    result_short \keep, cl
  .else
    result_short \keep, ch
  .endif
.endm

.macro row_MUL short, keep
  operands \short, \keep
  imul ecx, TOP_INT
  result_ecx \short, \keep
.endm

.macro row_DIV short, keep
  operands \short, \keep
  mov edi, TOP_INT
  mov r9d, eax // In handlers of the return stack, the working stack's top.
  mov eax, ecx
  xor ecx, ecx
  test edi, edi; jz 1f
  xor edx, edx; div edi
  mov ecx, eax
1:
  mov eax, r9d
  result_ecx \short, \keep
.endm

.macro row_SFT short, keep
  .if \short
    reaches 2
    peek r8d, 2; peek edi, 1
    shl r8d, 8; or edi, r8d
    drop_unless \keep, 1
  .else
    second_operand \keep
    mov edi, ecx
  .endif
  mov ecx, TOP_INT; and ecx, 15; shr edi, cl
  mov ecx, TOP_INT; shr ecx, 4; shl edi, cl
  mov ecx, edi
  result_ecx \short, \keep
.endm

// ---- Immediates

.macro row_LIT short, keep
  operand_reaches (1+\short)
  .if \short
    operand_byte ecx, 0; put cl
  .endif
  operand_byte TOP_INT, \short
  put TOP_BYTE
  dispatch_past (1+\short)
.endm

#if !RETURN_MODE
.macro row_BRK short, keep
  store_stack_pointers
  mov word ptr [r13 + MACHINE_PC], bp
  add rsp, FRAME_SPILL
  .cfi_adjust_cfa_offset -FRAME_SPILL
  .irp register, r15, r14, r13, r12, rbp, rbx
    pop \register
    .cfi_adjust_cfa_offset -8
    .cfi_restore \register
  .endr
  ret
.endm

.macro row_JCI short, keep
  operand_reaches 2
  mov edi, TOP_INT
  drop 1; movzx TOP_INT, byte ptr [OWN]
  test edi, edi; jz 1f
  lea edx, [rbp + 2]
  jump_by_operand
1:
  dispatch_past 2
.endm

.macro row_JMI short, keep
  operand_reaches 2
  lea edx, [rbp + 2]
  jump_by_operand
.endm

.macro row_JSI short, keep
  operand_reaches 2
  lea edx, [rbp + 2]
  put_other dh, dl; movzx OTHER_TOP_INT, dl
  jump_by_operand
.endm
#endif

// ---- The instances

#if RETURN_MODE
DISPATCHBENCH_BASE(HANDLER, r, 0x40)
DISPATCHBENCH_BASE(HANDLER, 2r, 0x60)
HANDLER(LITr, LIT, 0xc0)
DISPATCHBENCH_BASE(HANDLER, kr, 0xc0)
HANDLER(LIT2r, LIT, 0xe0)
DISPATCHBENCH_BASE(HANDLER, 2kr, 0xe0)
#else
DISPATCHBENCH_IMMEDIATE_OPCODES(HANDLER)
DISPATCHBENCH_BASE(HANDLER, , 0x00)
DISPATCHBENCH_BASE(HANDLER, 2, 0x20)
HANDLER(LIT, LIT, 0x80)
DISPATCHBENCH_BASE(HANDLER, k, 0x80)
HANDLER(LIT2, LIT, 0xa0)
DISPATCHBENCH_BASE(HANDLER, 2k, 0xa0)
#endif

// Everything above is defined anew for the other stack.
.irp name, reaches, wrapping_address, peek, poke, with_byte, with_second, drop, drop_unless, put, \
    put_other, no_result, result, result_short, row_INC, row_POP, row_NIP, row_SWP, row_ROT, row_DUP, \
    row_OVR, equality, row_EQU, row_NEQ, row_GTH, row_LTH, jump, row_JMP, row_JCN, row_JSR, row_STH, load, \
    store, relative_address, absolute_address, result_loaded, row_LDZ, row_LDR, row_LDA, row_STZ, row_STR, \
    row_STA, row_DEI, row_DEO, bytewise, row_ADD, row_AND, row_ORA, row_EOR, row_SUB, second_operand, \
    operands, result_ecx, row_MUL, row_DIV, row_SFT, row_LIT
  .purgem \name
.endr
#undef OWN
#undef OWN_BYTE
#undef OTHER
#undef OTHER_BYTE
#undef TOP
#undef TOP_INT
#undef TOP_BYTE
#undef OTHER_TOP_INT
