// The handlers of one stack: included with RETURN_MODE 0 for opcodes that work on the working stack, 1 for
// the others.
//
// OWN and OTHER are the two stacks (the mode `r` makes them change roles), TOP is the byte on top of OWN.
// Depth 0 is the
// top byte. Short and keep mode are the symbols is_short and is_keep; is_wrapping is 1 in the out-of-line
// instance.
// Stack effects read as in isa/meaning.h, whose bodies these restate.

#if RETURN_MODE
#define OWN rsi
#define OWN_BYTE sil
#define OTHER rbx
#define OTHER_BYTE bl
#define TOP rdx
#define TOP_INT edx
#define TOP_BYTE dl
#else
#define OWN rbx
#define OWN_BYTE bl
#define OTHER rsi
#define OTHER_BYTE sil
#define TOP rax
#define TOP_INT eax
#define TOP_BYTE al
#endif

// ---- Stack access

// Brings the top byte into TOP, where it isn't kept there anyway.
.macro take_top
#if RETURN_MODE
  movzx TOP_INT, byte ptr [OWN]
#endif
.endm

// The opposite of take_top: where TOP is kept, brings it up to date after the stack pointer moved down.
.macro renew_top
#if !RETURN_MODE
  movzx TOP_INT, byte ptr [OWN]
#endif
.endm

// An opcode on the return stack has pushed `value` on the working stack: keeps rax up to date.
.macro pushed_other value
#if RETURN_MODE
  mov eax, \value
#endif
.endm

// Bytes down to `depth` are going to be accessed: where that would wrap, the out-of-line instance does it.
.macro reaches depth
  .if is_wrapping == 0
    cmp OWN_BYTE, \depth
    jb 9f
    .set may_wrap, 1
  .endif
.endm

// r11 = address of the byte at `depth`, wrapping. Leaves the flags alone.
.macro wrapping_address depth
  lea r10, [OWN - (\depth)]
  mov r11, OWN
  mov r11b, r10b
.endm

.macro peek register, depth
  .if is_wrapping
    wrapping_address \depth
    movzx \register, byte ptr [r11]
  .else
    movzx \register, byte ptr [OWN - (\depth)]
  .endif
.endm

.macro poke depth, register
  .if is_wrapping
    wrapping_address \depth
    mov byte ptr [r11], \register
  .else
    mov byte ptr [OWN - (\depth)], \register
  .endif
.endm

// `instruction register, byte at depth`; the flags of an instruction in front of it reach it.
.macro with_byte instruction, register, depth
  .if is_wrapping
    wrapping_address \depth
    \instruction \register, byte ptr [r11]
  .else
    \instruction \register, byte ptr [OWN - (\depth)]
  .endif
.endm

.macro drop count
  .if (\count) == 1
    dec OWN_BYTE
  .else
    sub OWN_BYTE, \count
  .endif
.endm

.macro drop_unless_keep count
  .if is_keep == 0
    drop \count
  .endif
.endm

.macro push_byte register
  inc OWN_BYTE
  mov byte ptr [OWN], \register
.endm

.macro push_other register
  inc OTHER_BYTE
  mov byte ptr [OTHER], \register
.endm

// Ends an opcode that pops `popped` bytes and pushes the byte TOP.
.macro result_byte popped
  .if is_keep
    inc OWN_BYTE
  .elseif \popped > 1
    drop (\popped-1)
  .endif
  mov byte ptr [OWN], TOP_BYTE
  dispatch
.endm

// The same for the short \high:TOP; the caller has dropped all that's popped but two bytes.
.macro result_short high
  .if is_keep
    push_byte \high
    push_byte TOP_BYTE
  .else
    poke 1, \high
    mov byte ptr [OWN], TOP_BYTE
  .endif
  dispatch
.endm

// ---- Stack opcodes

.macro row_INC short, keep
  take_top
  .if is_short == 0
    inc TOP_BYTE
    result_byte 1
  .elseif is_keep
    peek_second ecx
    add TOP_BYTE, 1
    adc cl, 0
    result_short cl
  .else
    // The high byte changes once in 256 times: a jump keeps the others from waiting for it.
    inc TOP_BYTE
    mov byte ptr [OWN], TOP_BYTE
    jz 1f
    dispatch
  1:
    dec OWN_BYTE
    inc byte ptr [OWN]
    inc OWN_BYTE
    dispatch
  .endif
.endm

// The byte below the top.
.macro peek_second register
  reaches 1
  peek \register, 1
.endm

.macro row_POP short, keep
  .if is_keep == 0
    drop (1+\short)
    renew_top
  .endif
  dispatch
.endm

.macro row_NIP short, keep
  take_top
  .if is_short
    .if is_keep
      peek_second ecx
    .else
      reaches 3
      peek ecx, 1
      drop 2
    .endif
    result_short cl
  .else
    result_byte 2
  .endif
.endm

.macro row_SWP short, keep
  take_top
  .if is_short
    reaches 3
    peek ecx, 1
    peek edi, 2
    peek r8d, 3
    .if is_keep
      push_byte cl
      push_byte TOP_BYTE
      push_byte r8b
      push_byte dil
    .else
      poke 3, cl
      poke 2, TOP_BYTE
      poke 1, r8b
      poke 0, dil
    .endif
    mov TOP_INT, edi
  .else
    peek_second ecx
    .if is_keep
      push_byte TOP_BYTE
      push_byte cl
    .else
      poke 1, TOP_BYTE
      poke 0, cl
    .endif
    mov TOP_INT, ecx
  .endif
  dispatch
.endm

.macro row_ROT short, keep
  take_top
  .if is_short
    reaches 5
    peek ecx, 1
    peek edi, 2
    peek r8d, 3
    .if is_keep
      push_byte r8b
      push_byte dil
      push_byte cl
      push_byte TOP_BYTE
      drop 4
      peek TOP_INT, 5
      peek ecx, 4
      add OWN_BYTE, 4
      push_byte TOP_BYTE
      push_byte cl
      mov TOP_INT, ecx
    .else
      peek r9d, 5
      poke 5, r8b
      peek r8d, 4
      poke 4, dil
      poke 3, cl
      poke 2, TOP_BYTE
      poke 1, r9b
      poke 0, r8b
      mov TOP_INT, r8d
    .endif
  .else
    reaches 2
    peek ecx, 1
    peek edi, 2
    .if is_keep
      push_byte cl
      push_byte TOP_BYTE
      push_byte dil
    .else
      poke 2, cl
      poke 1, TOP_BYTE
      poke 0, dil
    .endif
    mov TOP_INT, edi
  .endif
  dispatch
.endm

.macro row_DUP short, keep
  take_top
  .if is_short
    peek_second ecx
  .endif
  .rept 1+\keep
    .if is_short
      push_byte cl
    .endif
    push_byte TOP_BYTE
  .endr
  dispatch
.endm

.macro row_OVR short, keep
  take_top
  .if is_short
    reaches 3
    peek r8d, 3
    peek edi, 2
    .if is_keep
      peek ecx, 1
      push_byte r8b
      push_byte dil
      push_byte cl
      push_byte TOP_BYTE
    .endif
    push_byte r8b
  .else
    peek_second edi
    .if is_keep
      push_byte dil
      push_byte TOP_BYTE
    .endif
  .endif
  push_byte dil
  mov TOP_INT, edi
  dispatch
.endm

// ---- Comparison

// a and b by `cmp`: \short_first is applied to the low bytes and \short_second to the high ones.
.macro equality condition
  take_top
  .if is_short
    reaches 3
    peek ecx, 1
    with_byte xor, TOP_BYTE, 2
    with_byte xor, cl, 3
    drop_unless_keep 3
    or TOP_BYTE, cl
    set\condition TOP_BYTE
  .else
    .if is_keep
      reaches 1
      with_byte cmp, TOP_BYTE, 1
    .else
      drop 1
      cmp TOP_BYTE, byte ptr [OWN]
    .endif
    set\condition TOP_BYTE
  .endif
.endm

.macro row_EQU short, keep
  equality e
  push_flag
.endm

.macro row_NEQ short, keep
  equality ne
  push_flag
.endm

// TOP is 0 or 1, and all operands are dropped but one byte, which it replaces.
.macro push_flag
  .if is_keep
    inc OWN_BYTE
  .endif
  mov byte ptr [OWN], TOP_BYTE
  dispatch
.endm

// b - a borrows where a > b.
.macro row_GTH short, keep
  take_top
  .if is_short
    reaches 3
    peek ecx, 1
    drop_unless_keep 3
    with_byte cmp, TOP_BYTE, (2-3*(1-\keep))
    with_byte sbb, cl, (3-3*(1-\keep))
  .elseif is_keep
    reaches 1
    with_byte cmp, TOP_BYTE, 1
  .else
    drop 1
    cmp TOP_BYTE, byte ptr [OWN]
  .endif
  setb TOP_BYTE
  push_flag
.endm

// a - b borrows where a < b.
.macro row_LTH short, keep
  take_top
  .if is_short
    reaches 3
    peek edi, 2
    peek ecx, 3
    drop_unless_keep 3
    cmp dil, TOP_BYTE
    with_byte sbb, cl, (1-3*(1-\keep))
  .else
    .if is_keep
      peek_second ecx
    .else
      drop 1
      movzx ecx, byte ptr [OWN]
    .endif
    cmp cl, TOP_BYTE
  .endif
  setb TOP_BYTE
  push_flag
.endm

// ---- Jumps

// ecx = where the jump operand leads (its upper half undefined).
.macro jump_target
  .if is_short
    peek_second ecx
    shl ecx, 8
    or ecx, TOP_INT
  .else
    movsx ecx, TOP_BYTE
    add ecx, ebp
  .endif
.endm

.macro row_JMP short, keep
  take_top
  jump_target
  drop_unless_keep (1+\short)
  renew_top
  movzx ebp, cx
  dispatch
.endm

.macro row_JCN short, keep
  take_top
  reaches (1+\short)
  jump_target
  peek edi, (1+\short)
  drop_unless_keep (2+\short)
  renew_top
  test edi, edi
  jz 1f
  movzx ebp, cx
  dispatch
1:
  dispatch
.endm

.macro row_JSR short, keep
  take_top
  jump_target
  drop_unless_keep (1+\short)
  renew_top
  mov edi, ebp
  movzx ebp, cx
  mov ecx, edi
  push_other ch
  push_other cl
  movzx edi, cl
  pushed_other edi
  dispatch
.endm

.macro row_STH short, keep
  take_top
  .if is_short
    peek_second ecx
    push_other cl
  .endif
  push_other TOP_BYTE
  pushed_other TOP_INT
  .if is_keep == 0
    drop (1+\short)
    renew_top
  .endif
  dispatch
.endm

// ---- Memory

// TOP and with `2` the byte in front of it, r8b, = memory at rcx; the second address is a byte's or a
// short's successor.
.macro load successor
  .if is_short
    movzx r8d, byte ptr [r15 + rcx]
    inc \successor
  .endif
  movzx TOP_INT, byte ptr [r15 + rcx]
.endm

// The operand behind an address of `width` bytes goes to memory at rcx.
.macro store successor, width, short
  .if is_short
    peek edi, (\width+1)
    mov byte ptr [r15 + rcx], dil
    inc \successor
  .endif
  peek edi, \width
  mov byte ptr [r15 + rcx], dil
  .if is_keep == 0
    drop (\width+1+\short)
    renew_top
  .endif
  dispatch
.endm

// rcx = pc and the signed distance TOP.
.macro relative_address
  movsx ecx, TOP_BYTE
  add ecx, ebp
  movzx ecx, cx
.endm

// rcx = the short on top.
.macro absolute_address
  peek ecx, 1
  shl ecx, 8
  or ecx, TOP_INT
.endm

.macro result_loaded
  .if is_short == 0
    result_byte 1
  .else
    .if is_keep
      push_byte r8b
    .else
      mov byte ptr [OWN], r8b
    .endif
    push_byte TOP_BYTE
    dispatch
  .endif
.endm

.macro row_LDZ short, keep
  take_top
  mov ecx, TOP_INT
  load cl
  result_loaded
.endm

.macro row_LDR short, keep
  take_top
  relative_address
  load cx
  result_loaded
.endm

.macro row_LDA short, keep
  take_top
  reaches 1
  absolute_address
  load cx
  .if is_short
    result_short r8b
  .else
    result_byte 2
  .endif
.endm

.macro row_STZ short, keep
  take_top
  reaches (1+\short)
  mov ecx, TOP_INT
  store cl, 1, \short
.endm

.macro row_STR short, keep
  take_top
  reaches (1+\short)
  relative_address
  store cx, 1, \short
.endm

.macro row_STA short, keep
  take_top
  reaches (2+\short)
  absolute_address
  store cx, 2, \short
.endm

// ---- Devices

.macro row_DEI short, keep
  take_top
  drop_unless_keep 1
  store_stacks
  movzx ecx, TOP_BYTE
  .if is_short
    mov byte ptr [rsp], cl
  .endif
  call_device MACHINE_DEI
  .if is_short
    movzx ecx, byte ptr [rsp]
    mov byte ptr [rsp], al
    inc cl
    call_device MACHINE_DEI
  .endif
  movzx edi, al
  load_stacks
  .if is_short
    mov cl, byte ptr [rsp]
    push_byte cl
  .endif
  push_byte dil
#if !RETURN_MODE
  mov eax, edi
#endif
  dispatch
.endm

.macro row_DEO short, keep
  take_top
  reaches (1+\short)
  peek edi, 1
  .if is_short
    peek r8d, 2
    mov byte ptr [rsp], dil
    mov byte ptr [rsp + 1], TOP_BYTE
    mov edi, r8d
  .endif
  drop_unless_keep (2+\short)
  store_stacks
  movzx ecx, TOP_BYTE
  mov edx, edi
  call_device MACHINE_DEO
  .if is_short
    movzx ecx, byte ptr [rsp + 1]
    inc cl
    movzx edx, byte ptr [rsp]
    call_device MACHINE_DEO
  .endif
  load_stacks
  dispatch
.endm

// ---- Arithmetic

// a op b where the operation goes byte by byte, with a carry in \high_instruction, and either operand may
// come first.
.macro bytewise low_instruction, high_instruction, keep
  take_top
  .if is_short
    reaches 3
    peek ecx, 1
    drop_unless_keep 2
    with_byte \low_instruction, TOP_BYTE, (2*\keep)
    with_byte \high_instruction, cl, (2*\keep+1)
    result_short cl
  .elseif is_keep
    reaches 1
    with_byte \low_instruction, TOP_BYTE, 1
    push_byte TOP_BYTE
    dispatch
  .else
    drop 1
    \low_instruction TOP_BYTE, byte ptr [OWN]
    mov byte ptr [OWN], TOP_BYTE
    dispatch
  .endif
.endm

.macro row_ADD short, keep
  bytewise add, adc, \keep
.endm

.macro row_AND short, keep
  bytewise and, and, \keep
.endm

.macro row_ORA short, keep
  bytewise or, or, \keep
.endm

.macro row_EOR short, keep
  bytewise xor, xor, \keep
.endm

.macro row_SUB short, keep
  take_top
  .if is_short
    reaches 3
    peek edi, 2
    peek ecx, 3
    sub dil, TOP_BYTE
    with_byte sbb, cl, 1
    mov TOP_INT, edi
    drop_unless_keep 2
    result_short cl
  .else
    second_operand
    sub ecx, TOP_INT
    movzx TOP_INT, cl
    mov_result
  .endif
.endm

// Bytes: ecx = the second operand, which is then on top unless with keep.
.macro second_operand
  .if is_keep
    peek_second ecx
  .else
    drop 1
    movzx ecx, byte ptr [OWN]
  .endif
.endm

// Bytes: the result TOP replaces the second operand.
.macro mov_result
  .if is_keep
    inc OWN_BYTE
  .endif
  mov byte ptr [OWN], TOP_BYTE
  dispatch
.endm

// Shorts: TOP = b, ecx = a, and with b dropped a is on top, unless with keep.
.macro short_operands
  reaches 3
  peek edi, 1
  peek ecx, 3
  peek r8d, 2
  shl edi, 8
  shl ecx, 8
  or TOP_INT, edi
  or ecx, r8d
  drop_unless_keep 2
.endm

// The short in ecx is the result.
.macro result_short_ecx
  movzx TOP_INT, cl
  .if is_wrapping
    shr ecx, 8 // ch can't be stored through r11.
    result_short cl
  .else
    result_short ch
  .endif
.endm

.macro row_MUL short, keep
  take_top
  .if is_short
    short_operands
    imul ecx, TOP_INT
    result_short_ecx
  .else
    second_operand
    imul ecx, TOP_INT
    movzx TOP_INT, cl
    mov_result
  .endif
.endm

.macro row_DIV short, keep
  take_top
  .if is_short
    short_operands
  .else
    second_operand
  .endif
  mov r9d, eax
  mov edi, TOP_INT
  mov eax, ecx
  xor ecx, ecx
  xor edx, edx
  test edi, edi
  jz 1f
  div edi
  mov ecx, eax
1:
  mov eax, r9d
  .if is_short
    result_short_ecx
  .else
    movzx TOP_INT, cl
    mov_result
  .endif
.endm

.macro row_SFT short, keep
  take_top
  .if is_short
    reaches 2
    peek r8d, 2
    peek edi, 1
    shl r8d, 8
    or edi, r8d
    drop_unless_keep 1
  .else
    second_operand
    mov edi, ecx
  .endif
  mov ecx, TOP_INT
  and ecx, 15
  shr edi, cl
  mov ecx, TOP_INT
  shr ecx, 4
  shl edi, cl
  .if is_short
    mov ecx, edi
    result_short_ecx
  .else
    movzx TOP_INT, dil
    mov_result
  .endif
.endm

// ---- Immediates

.macro row_LIT short, keep
  .if is_short
    operand_reaches
    operand_bytes
    push_byte cl
    push_byte dil
#if !RETURN_MODE
    mov TOP_INT, edi
#endif
  .else
    movzx TOP_INT, byte ptr [r15 + rbp]
    inc bp
    push_byte TOP_BYTE
  .endif
  dispatch
.endm

#if !RETURN_MODE
.macro row_BRK short, keep
  lea ecx, [rbx + 1]
  mov word ptr [r13 + MACHINE_PC], bp
  mov byte ptr [r13 + MACHINE_WST], cl
  lea ecx, [rsi + 1]
  mov byte ptr [r13 + MACHINE_RST], cl
  add rsp, 16
  .cfi_adjust_cfa_offset -16
  .irp register, r15, r14, r13, rbp, rbx
    pop \register
    .cfi_adjust_cfa_offset -8
    .cfi_restore \register
  .endr
  ret
.endm

.macro row_JCI short, keep
  operand_reaches
  test TOP_INT, TOP_INT
  jz 1f
  drop 1
  renew_top
  jump_by_operand
  dispatch
1:
  drop 1
  renew_top
  add bp, 2
  dispatch
.endm

.macro row_JMI short, keep
  operand_reaches
  jump_by_operand
  dispatch
.endm

.macro row_JSI short, keep
  operand_reaches
  jump_by_operand
  mov ecx, edi
  push_other ch
  push_other cl
  dispatch
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
.irp name, take_top, renew_top, pushed_other, reaches, wrapping_address, peek, poke, with_byte, drop, \
    drop_unless_keep, push_byte, push_other, result_byte, result_short, row_INC, peek_second, row_POP, \
    row_NIP, row_SWP, row_ROT, row_DUP, row_OVR, equality, row_EQU, row_NEQ, push_flag, row_GTH, \
    row_LTH, jump_target, row_JMP, row_JCN, row_JSR, row_STH, load, store, relative_address, \
    absolute_address, result_loaded, row_LDZ, row_LDR, row_LDA, row_STZ, row_STR, row_STA, row_DEI, \
    row_DEO, bytewise, row_ADD, row_AND, row_ORA, row_EOR, row_SUB, second_operand, mov_result, \
    short_operands, result_short_ecx, row_MUL, row_DIV, row_SFT, row_LIT
  .purgem \name
.endr
#undef OWN
#undef OWN_BYTE
#undef OTHER
#undef OTHER_BYTE
#undef TOP
#undef TOP_INT
#undef TOP_BYTE
