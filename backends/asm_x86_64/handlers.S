// x86-64: every opcode by hand.
//
// ABI      extern "C" void dispatchbench_run_asm_x86_64(Machine* machine)   System V; no extension
//
// MACHINE STATE (from the first dispatch to BRK)
//   rbx  working stack: points at the byte on top, so bl = wst - 1; a byte-sized inc or dec wraps for free
//   rsi  return stack, the same way
//   rax  the byte on top of the working stack, zero-extended; memory always holds it, too
//   r12  the same of the return stack
//   rbp  pc: the address behind the opcode that is being executed, zero-extended; inc bp wraps for free
//   r15  ram
//   r14  the handlers' addresses
//   r13  the Machine
// SCRATCH  rcx rdx rdi r8 r9; r10 r11 only where an access wraps. Device calls destroy these, rax and rsi.
// FRAME    64 bytes: return address, rbx, rbp, r12-r15, and 8 bytes at rsp for DEI2 and DEO2
//
// HOW IT IS FAST (on an Intel server core with AMX; a cycle is the time of a dependent addition; changes in
// time are geometric means over the workloads)
// - An indirect jump with changing targets takes 2 cycles there, however well it is predicted, and most
//   workloads run at little more than 2 an opcode. So up to 12 micro-operations of a handler are hidden, if
//   they fit in a line of 64 bytes: a handler starts at a line (at 32 or 16 bytes: 4 or 7 % slower).
// - Beyond that, time goes where one opcode waits for another: for pc, and for the top of a stack.
// - pc: a jump's operand takes 7 cycles to become the next pc, and every opcode adds 1 (one more for every
//   opcode: 18 % slower). A literal adds 1, too, not 1 for each byte, and sums that can be done beside the
//   loads are: together 2 % faster. Loading a jump's operand as 2 bytes is worth 1 %; the price is a wait
//   where a program has just written them one by one.
// - The bytes on top of the stacks stay in registers: loading the working stack's in each handler costs 17 %,
//   the return stack's 1 %, but 20 % in threaded code.
// - The rest of the stacks is accessed byte by byte, also by shorts: a 2-byte load right behind two 1-byte
//   stores, as in `#00 LDZ ADD2`, waits 19 cycles for them to reach the cache. (2-byte loads in ADD2, AND2,
//   ORA2 and EOR2 alone: 19 % slower.) Shorts are added with add and adc. For a like reason nothing is
//   modified in memory: 7 cycles pass from one `add [m], r` to the next.
// - A pointer at the top byte makes the accesses of most opcodes wrap for free. Those that reach deeper check
//   that once (`reaches`), and leave for a second instance of their macro, out of line, whose accesses all
//   wrap.
// What didn't help: handlers in slots of 128 bytes at a computed address (3 % slower: more to do), 4-byte
// offsets in the table (4 % slower), the second byte in a register, too (8 % faster to 9 % slower), guessing
// that a jump's operand or return address is the last one's (7 % faster to 12 % slower); and without any
// effect: fetching at the start of a handler, conditional moves in JCI, other orders of its two ways.

#include "../isa/asm_offsets.h"
#include "../isa/opcode_list.h"
#include "platform.h"

#define RUN C_SYMBOL(DISPATCHBENCH_RUN)
#define FRAME_SPILL 8

#ifndef HANDLER_ALIGNMENT
#define HANDLER_ALIGNMENT 64
#endif

.intel_syntax noprefix

// ---- Dispatch

// Every handler has a jump of its own, and a handler with two ways out has two: the predictor's history tells
// them apart.
.macro dispatch
  movzx ecx, byte ptr [r15 + rbp]
  inc bp
  jmp qword ptr [r14 + rcx*8]
.endm

// The same behind an operand of `count` bytes.
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

// An operand of `count` bytes and the next opcode stand at pc: around the end of ram, the out-of-line
// instance reads them.
.macro operand_reaches count
  .if is_wrapping == 0
    cmp ebp, 0x10000 - \count; jae 9f
    .set may_wrap, 1
  .endif
.endm

// The byte of the operand at `offset`.
.macro operand_byte register, offset
  .if is_wrapping
    lea r11d, [rbp + \offset]; movzx r11d, r11w
    movzx \register, byte ptr [r15 + r11]
  .else
    movzx \register, byte ptr [r15 + rbp + \offset]
  .endif
.endm

// Jumps by the operand, edx = the address behind it. Both pc and the address to fetch at wait for a single
// addition.
.macro jump_by_operand
  .if is_wrapping
    operand_byte edi, 0
    operand_byte ecx, 1
    shl edi, 8; or ecx, edi
  .else
    movzx ecx, word ptr [r15 + rbp]
    rol cx, 8
  .endif
  add bp, 3
  add bp, cx
  add cx, dx
  movzx ecx, byte ptr [r15 + rcx]
  jmp qword ptr [r14 + rcx*8]
.endm

// ---- Device calls

// Shows the device the stack pointers.
.macro store_stack_pointers
  lea ecx, [rbx + 1]; mov byte ptr [r13 + MACHINE_WST], cl
  lea ecx, [rsi + 1]; mov byte ptr [r13 + MACHINE_RST], cl
.endm

// Calls it with the port in ecx, and the value in edx.
.macro call_device entry
  mov rdi, r13
  mov esi, ecx
  call qword ptr [r13 + \entry]
.endm

.macro load_stacks
  mov rbx, [r13 + MACHINE_WORKING_STACK]; mov bl, byte ptr [r13 + MACHINE_WST]; dec bl
  mov rsi, [r13 + MACHINE_RETURN_STACK]; mov sil, byte ptr [r13 + MACHINE_RST]; dec sil
  movzx eax, byte ptr [rbx]
  movzx r12d, byte ptr [rsi]
.endm

// ---- Handlers: functions for the debugger and the profiler, in the frame that the entry has built

.macro function name
\name:
  TYPE_FUNCTION(\name)
  .cfi_startproc
.endm

.macro end_function name
  .cfi_endproc
  SIZE(\name)
.endm

.macro handler_frame
  .cfi_def_cfa rsp, 64
  .cfi_offset rbx, -16
  .cfi_offset rbp, -24
  .cfi_offset r12, -32
  .cfi_offset r13, -40
  .cfi_offset r14, -48
  .cfi_offset r15, -56
.endm

// One opcode: its handler, and if that can meet an access that wraps the instance for it.
.macro handler mnemonic, row, value
  .if (\value) & DISPATCHBENCH_MODE_SHORT
    handler_of_width \mnemonic, \row, \value, 1
  .else
    handler_of_width \mnemonic, \row, \value, 0
  .endif
.endm

.macro handler_of_width mnemonic, row, value, short
  .if (\value) & DISPATCHBENCH_MODE_KEEP
    instances \mnemonic, \row, \short, 1
  .else
    instances \mnemonic, \row, \short, 0
  .endif
.endm

.macro instances mnemonic, row, short, keep
  .set is_wrapping, 0
  .set may_wrap, 0
  HOT_SECTION
  .balign HANDLER_ALIGNMENT
  function asm_x86_64_\mnemonic
  handler_frame
  LANDING_PAD
  row_\row \short, \keep
  end_function asm_x86_64_\mnemonic
  .if may_wrap
    .set is_wrapping, 1
    COLD_SECTION
    function asm_x86_64_\mnemonic\()_wrapping
  9:
    handler_frame
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
LANDING_PAD
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
TYPE_OBJECT(asm_x86_64_table)
SIZE(asm_x86_64_table)
NO_EXECUTABLE_STACK
