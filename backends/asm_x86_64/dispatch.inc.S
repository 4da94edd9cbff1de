// How one opcode follows another, how C enters and BRK leaves, and how devices are called.

#define FRAME_SIZE 64 // The return address, six registers,
#define FRAME_SPILL 8 // and at rsp the bytes that DEI2 and DEO2 keep during a device call.

// ---- Dispatch

// What the resumable variant (isa/budget.h) does before it dispatches: JUMPED says whether the opcode has made a jump, which
// counts if it led back from where `remember_pc` stood, or a call, which always counts.
#ifdef DISPATCHBENCH_BUDGETED_VARIANT
#define NOTHING 0
#define A_JUMP 1
#define A_CALL 2
.macro remember_pc; movl pc32, d; .endm
.macro has_made what; .set JUMPED, \what; .endm
.macro check_budget
  .if WRAPPING == 0
    .if JUMPED == A_JUMP
      cmpl d, pc32; jae 6f
    .endif
    .if JUMPED
      decq MACHINE_BUDGET(machine); js asm_x86_64_pause
6:
    .endif
  .else
    decq MACHINE_BUDGET(machine); js asm_x86_64_pause
  .endif
.endm
#else
.macro remember_pc; .endm
.macro has_made what; .endm
.macro check_budget; .endm
#endif

// Each way out of a handler has a jump of its own: the predictor's history distinguishes them.
.macro dispatch
  check_budget
  movzbl (ram, pc), a
  incw pc16
  jmp *(table, a64, 8)
.endm

// The same behind an operand of `count` bytes.
.macro dispatch_past count
  .if WRAPPING
    addw $\count, pc16
    dispatch
  .else
    movzbl \count(ram, pc), a
    addw $(\count + 1), pc16
    jmp *(table, a64, 8)
  .endif
.endm

// ---- Functions: every handler is one, so that debuggers and profilers find its name and the frame

.macro function name
  has_made NOTHING
\name:
  FUNCTION_TYPE(\name)
  .cfi_startproc
.endm
.macro end_function name
  .cfi_endproc
  SYMBOL_SIZE(\name)
.endm

.macro describe_frame
  .cfi_def_cfa %rsp, FRAME_SIZE
  .set SLOT, -16
  .irp register, rbx, rbp, r12, r13, r14, r15
    .cfi_offset %\register, SLOT
    .set SLOT, SLOT - 8
  .endr
.endm

// ---- Entering and leaving

.macro enter
  .irp register, rbx, rbp, r12, r13, r14, r15
    pushq %\register
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %\register, 0
  .endr
  subq $(FRAME_SPILL), %rsp
  .cfi_adjust_cfa_offset FRAME_SPILL
  movq %rdi, machine
  movq MACHINE_RAM(machine), ram
  leaq asm_x86_64_table(%rip), table
  movzwl MACHINE_PC(machine), pc32
  load_stacks
.endm

.macro leave
  store_stack_pointers
  movw pc16, MACHINE_PC(machine)
  addq $(FRAME_SPILL), %rsp
  .cfi_adjust_cfa_offset -FRAME_SPILL
  .irp register, r15, r14, r13, r12, rbp, rbx
    popq %\register
    .cfi_adjust_cfa_offset -8
    .cfi_restore %\register
  .endr
  ret
.endm

.macro load_stacks
  movq MACHINE_WORKING_STACK(machine), wst; movb MACHINE_WST(machine), wst8; decb wst8
  movq MACHINE_RETURN_STACK(machine), rst; movb MACHINE_RST(machine), rst8; decb rst8
  movzbl (wst), wst_top
  movzbl (rst), rst_top
.endm

.macro store_stack_pointers
  leal 1(wst), a; movb a8, MACHINE_WST(machine)
  leal 1(rst), a; movb a8, MACHINE_RST(machine)
.endm

// Calls a device with the port in a, and the value in e.
.macro call_device entry
  movq machine, %rdi
  movl a, %esi
  call *\entry(machine)
.endm
