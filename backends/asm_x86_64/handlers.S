// Hand-written x86-64 assembly: a handler per opcode, each ends by fetching and jumping to the next.
//
// ABI: System V AMD64. `void dispatchbench_run_asm_x86_64(Machine*)` runs one vector; nothing else is
// called from
//      outside. Handlers are jumped to, never called. Baseline x86-64: no extension is used.
//
// Registers, from the first dispatch to BRK. All but rax survive a call, so a device call costs one reload.
//   rax  the byte on top of the working stack, zero-extended; memory always holds it, too (written through)
//   rbx  working stack: points AT the top byte; bl = wst - 1, so a byte-sized inc or dec wraps for free
//   rsi  return stack, the same way; its top isn't cached
//   rbp  pc, behind the opcode being executed; zero-extended, inc bp wraps for free
//   r15  ram
//   r14  handler table
//   r13  Machine
// Scratch: rcx rdx rsi rdi r8 r9 r10 r11. (rcx holds the next opcode in a dispatch; in handlers of the return
//   stack rdx plays the part of rax; only accesses that wrap use r10 and r11.)
// Frame: 64 bytes = return address, rbx, rbp, r13-r15, 16 bytes at rsp for DEI2 and DEO2. rsp is a multiple
// of 16.
//
// Why it is built this way, with figures in cycles from a Sapphire Rapids core:
// - An indirect jump whose target changes costs 2 cycles, however well predicted. That leaves room for 12
//   micro-ops a
//   handler; what counts beyond is the latency from one handler to the next.
// - So the top byte stays in a register: the next handler needn't wait for a store to come back as a load
//   (up to 5).
// - Stacks are accessed byte by byte, also shorts: a 2-byte load right after two 1-byte stores (#00 LDZ
//   ADD2) waits 14
//   for both to reach the cache. Arithmetic on shorts is done as add and adc instead. For the same reason
//   there is no
//   read-modify-write on the stack (7 from one to the next).
// - Pointing at the top byte makes most opcodes wrap for free. What reaches deeper checks once (`reaches`)
//   and leaves
//   for a second instance of the same macro, out of line, in which every access wraps.

#include "../isa/asm_offsets.h"
#include "../isa/opcodes.h"
#include "platform.h"

#define RUN C_SYMBOL(DISPATCHBENCH_RUN)
#define FRAME_SPILL 8 // For DEI2 and DEO2; makes rsp a multiple of 16.

#ifndef HANDLER_ALIGNMENT
#define HANDLER_ALIGNMENT 64
#endif

.intel_syntax noprefix

// ---- Functions

// Starts a function, which an indirect jump may enter where the compiler was asked for landing pads.
.macro function name
\name:
#ifndef __APPLE__
  .type \name, @function
#endif
  .cfi_startproc
#if defined(__CET__) && (__CET__ & 1)
  endbr64
#endif
.endm

.macro end_function name
  .cfi_endproc
#ifndef __APPLE__
  .size \name, . - \name
#endif
.endm

// What the unwinder has to know inside a handler: the frame that the entry has built.
.macro frame_built
  .cfi_def_cfa rsp, 64
  .cfi_offset rbx, -16
  .cfi_offset rbp, -24
  .cfi_offset r12, -32
  .cfi_offset r13, -40
  .cfi_offset r14, -48
  .cfi_offset r15, -56
.endm

// Fetches the next opcode and jumps to its handler. A jump of its own for every handler (and for both ways
// out of a
// condition) gives the branch predictor a history to go by.
.macro dispatch
  movzx ecx, byte ptr [r15 + rbp]
  inc bp
  jmp qword ptr [r14 + rcx*8]
.endm

// ---- What is the same for both stacks

// Shows the device code the stack pointers.
.macro store_stack_pointers
  lea ecx, [rbx + 1]
  mov byte ptr [r13 + MACHINE_WST], cl
  lea ecx, [rsi + 1]
  mov byte ptr [r13 + MACHINE_RST], cl
.endm

// The opposite, also for the top byte.
.macro load_stacks
  mov rbx, [r13 + MACHINE_WORKING_STACK]
  mov rsi, [r13 + MACHINE_RETURN_STACK]
  mov bl, byte ptr [r13 + MACHINE_WST]
  mov sil, byte ptr [r13 + MACHINE_RST]
  dec bl
  dec sil
  movzx eax, byte ptr [rbx]
  movzx r12d, byte ptr [rsi]
.endm

.macro call_device entry
  mov rdi, r13
  mov esi, ecx
  call qword ptr [r13 + \entry]
.endm

// An operand of `count` bytes and the next opcode stand at pc: around the end of ram, the out-of-line instance
// reads them.
.macro operand_reaches count
  .if is_wrapping == 0
    cmp ebp, 0x10000 - \count
    jae 9f
    .set may_wrap, 1
  .endif
.endm

// The byte of the operand at `offset`.
.macro operand_byte register, offset
  .if is_wrapping
    lea r11d, [rbp + \offset]
    movzx r11d, r11w
    movzx \register, byte ptr [r15 + r11]
  .else
    movzx \register, byte ptr [r15 + rbp + \offset]
  .endif
.endm

// Steps over an operand of `count` bytes and dispatches. One addition, not one a byte: see dispatch_at.
.macro dispatch_past count
  .if is_wrapping
    add bp, \count
    dispatch
  .else
    movzx ecx, byte ptr [r15 + rbp + \count]
    add bp, \count + 1
    jmp qword ptr [r14 + rcx*8]
  .endif
.endm

// Fetches at rcx; rbp is already the address behind it. Each jump's pc waits for the one before, and in code with
// many jumps nothing takes longer than this chain: so no sum on it waits for another that could be done beside it.
.macro dispatch_at
  movzx ecx, byte ptr [r15 + rcx]
  jmp qword ptr [r14 + rcx*8]
.endm

// Jumps by the operand, edx = the address behind it.
.macro jump_by_operand
  .if is_wrapping
    operand_byte edi, 0
    operand_byte ecx, 1
    shl edi, 8
    or ecx, edi
  .else
    movzx ecx, word ptr [r15 + rbp]
    rol cx, 8
  .endif
  add bp, 3
  add bp, cx
  add cx, dx
  dispatch_at
.endm

// ---- Handlers: one macro per row in one_stack.inc.S, instantiated for every mode from opcodes.h

// One opcode's handler, then out of line the instance whose accesses wrap, if the first one can meet such.
.macro handler mnemonic, row, value
  .if (\value) & DISPATCHBENCH_MODE_SHORT
    .if (\value) & DISPATCHBENCH_MODE_KEEP
      instances \mnemonic, \row, 1, 1
    .else
      instances \mnemonic, \row, 1, 0
    .endif
  .elseif (\value) & DISPATCHBENCH_MODE_KEEP
    instances \mnemonic, \row, 0, 1
  .else
    instances \mnemonic, \row, 0, 0
  .endif
.endm

.macro instances mnemonic, row, short, keep
  .set is_wrapping, 0
  .set may_wrap, 0
  HOT_SECTION
  .balign HANDLER_ALIGNMENT
  function asm_x86_64_\mnemonic
  frame_built
  row_\row \short, \keep
  end_function asm_x86_64_\mnemonic
  .if may_wrap
    .set is_wrapping, 1
    COLD_SECTION
    function asm_x86_64_\mnemonic\()_wrapping
  9:
    frame_built
    row_\row \short, \keep
    end_function asm_x86_64_\mnemonic\()_wrapping
  .endif
.endm
#define HANDLER(mnemonic, row, value) handler mnemonic, row, #value;

#define RETURN_MODE 0
#include "one_stack.inc.S"
#undef RETURN_MODE

#define RETURN_MODE 1
#include "one_stack.inc.S"
#undef RETURN_MODE

// ---- Entry

HOT_SECTION
.balign 64
.globl RUN
HIDDEN RUN
function RUN
.irp register, rbx, rbp, r12, r13, r14, r15
  push \register
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset \register, 0
.endr
sub rsp, FRAME_SPILL
.cfi_adjust_cfa_offset FRAME_SPILL
mov r13, rdi
mov r15, [r13 + MACHINE_RAM]
lea r14, [rip + asm_x86_64_table]
movzx ebp, word ptr [r13 + MACHINE_PC]
load_stacks
dispatch
end_function RUN

// ---- Handler table

RELOCATED_READ_ONLY_SECTION
.balign 64
asm_x86_64_table:
#define ENTRY(mnemonic, row, value) .quad asm_x86_64_##mnemonic;
DISPATCHBENCH_OPCODES(ENTRY)
#ifndef __APPLE__
.type asm_x86_64_table, @object
.size asm_x86_64_table, . - asm_x86_64_table
.section .note.GNU-stack, "", @progbits
#endif
