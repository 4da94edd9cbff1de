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

#include "isa/asm_offsets.h"
#include "isa/opcodes.h"

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

#ifdef __APPLE__
#define EXTERNAL(name) JOIN(_, name)
#define HIDDEN .private_extern
#define HOT_SECTION .section __TEXT, __text, regular, pure_instructions
#define COLD_SECTION .section __TEXT, __text_cold, regular, pure_instructions
#define TABLE_SECTION .section __DATA, __const
#else
#define EXTERNAL(name) name
#define HIDDEN .hidden
#define HOT_SECTION .text
#define COLD_SECTION .section .text.unlikely, "ax", @progbits
#define TABLE_SECTION .section .data.rel.ro.local, "aw", @progbits
#endif
#define RUN EXTERNAL(JOIN(dispatchbench_run_, DISPATCHBENCH_BACKEND_NAME))

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
  .cfi_offset r13, -32
  .cfi_offset r14, -40
  .cfi_offset r15, -48
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
.macro store_stacks
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
.endm

.macro call_device entry
  mov rdi, r13
  mov esi, ecx
  call qword ptr [r13 + \entry]
.endm

// An operand of two bytes stands at pc: where it lies around the end of ram, the out-of-line instance reads
// it.
.macro operand_reaches
  .if is_wrapping == 0
    cmp ebp, 0xffff
    je 9f
    .set may_wrap, 1
  .endif
.endm

// ecx and edi = the bytes behind the opcode; pc steps over them.
.macro operand_bytes
  movzx ecx, byte ptr [r15 + rbp]
  .if is_wrapping
    inc bp
    movzx edi, byte ptr [r15 + rbp]
    inc bp
  .else
    movzx edi, byte ptr [r15 + rbp + 1]
    add bp, 2
  .endif
.endm

// pc jumps by the operand, edi = the address behind it.
.macro jump_by_operand
  operand_bytes
  shl ecx, 8
  or ecx, edi
  mov edi, ebp
  add bp, cx
.endm


// ---- Handlers: one macro per row in handlers.inc.S, instantiated for every mode from opcodes.h

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
  .set is_short, \short
  .set is_keep, \keep
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
#include "handlers.inc.S"
#undef RETURN_MODE

#define RETURN_MODE 1
#include "handlers.inc.S"
#undef RETURN_MODE

// ---- Entry

HOT_SECTION
.balign 64
.globl RUN
HIDDEN RUN
function RUN
.irp register, rbx, rbp, r13, r14, r15
  push \register
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset \register, 0
.endr
sub rsp, 16
.cfi_adjust_cfa_offset 16
mov r13, rdi
mov r15, [r13 + MACHINE_RAM]
lea r14, [rip + asm_x86_64_table]
movzx ebp, word ptr [r13 + MACHINE_PC]
load_stacks
dispatch
end_function RUN

// ---- Handler table

TABLE_SECTION
.balign 64
asm_x86_64_table:
#define ENTRY(mnemonic, row, value) .quad asm_x86_64_##mnemonic;
DISPATCHBENCH_OPCODES(ENTRY)
#ifndef __APPLE__
.type asm_x86_64_table, @object
.size asm_x86_64_table, . - asm_x86_64_table
.section .note.GNU-stack, "", @progbits
#endif
