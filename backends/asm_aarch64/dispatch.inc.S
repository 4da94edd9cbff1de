// How one opcode follows another, how C enters and BRK leaves, and how devices are called.

#define FRAME_SIZE 240 // x29 and x30, x19 to x28, then
#define FRAME_SPILL 96 // bytes that DEI2 and DEO2 keep during a device call, or the stacks that `wrap` set aside,
#define FRAME_WINDOWS 112 // and its windows.

// ---- Dispatch

// What the resumable variant (isa/budget.h) does before it dispatches: JUMPED says whether the opcode has made a jump, which
// counts if it led back from where `remember_pc` stood, or a call, which always counts.
#ifdef DISPATCHBENCH_BUDGETED_VARIANT
#define NOTHING 0
#define A_JUMP 1
#define A_CALL 2
.macro remember_pc
  mov x13, pc
.endm
.macro has_made what
  .set JUMPED, \what
.endm
.macro check_budget
  .if JUMPED == A_JUMP
    cmp pc, x13
    b.hs 6f
  .endif
  .if JUMPED
    ldr x14, [machine, #MACHINE_BUDGET]
    subs x14, x14, #1
    str x14, [machine, #MACHINE_BUDGET]
    b.mi asm_aarch64_pause
6:
  .endif
.endm
#else
.macro remember_pc
.endm
.macro has_made what
.endm
.macro check_budget
.endm
#endif

// Finds the next handler. Stands as early in a handler as it may, so that its two loads run beside the body: behind
// everything that uses pc or writes memory (programs modify themselves).
.macro fetch
  ldrb next32, [pc], #1
  ldr next, [table, next, lsl #3]
.endm
.macro jump
  br next
.endm
.macro dispatch
  check_budget
  fetch
  jump
.endm

// ---- Functions: every handler is one, so that debuggers and profilers find its name and the frame

.macro function name
  has_made NOTHING
  .p2align 4
  FUNCTION_TYPE(\name)
\name:
  .cfi_startproc
.endm
.macro end_function name
  .cfi_endproc
  SYMBOL_SIZE(\name)
.endm

.macro describe_frame
  .cfi_def_cfa x29, FRAME_SIZE
  .set SLOT, -FRAME_SIZE
  .irp register, x29, x30, x19, x20, x21, x22, x23, x24, x25, x26, x27, x28
    .cfi_offset \register, SLOT
    .set SLOT, SLOT + 8
  .endr
.endm

// ---- Entering and leaving

.macro enter
  stp x29, x30, [sp, #-FRAME_SIZE]!
  mov x29, sp
  stp x19, x20, [sp, #16]
  stp x21, x22, [sp, #32]
  stp x23, x24, [sp, #48]
  stp x25, x26, [sp, #64]
  stp x27, x28, [sp, #80]
  describe_frame
  mov machine, x0
  ldr ram, [machine, #MACHINE_RAM]
  ldrh a, [machine, #MACHINE_PC]
  add pc, ram, a64
  ldr wst, [machine, #MACHINE_WORKING_STACK]
  ldrb a, [machine, #MACHINE_WST]
  add wst_bound, wst, #STACK_BOUND
  add wst, wst, a64
  ldr rst, [machine, #MACHINE_RETURN_STACK]
  ldrb a, [machine, #MACHINE_RST]
  add rst_bound, rst, #STACK_BOUND
  add rst, rst, a64
  mov a, #0xff00
  add pc_bound, ram, a64
  add ram_low, ram, #0x7f
  load_constants
  use_table handler_table
.endm

.macro leave
  ldp x19, x20, [sp, #16]
  ldp x21, x22, [sp, #32]
  ldp x23, x24, [sp, #48]
  ldp x25, x26, [sp, #64]
  ldp x27, x28, [sp, #80]
  ldp x29, x30, [sp], #FRAME_SIZE
  .cfi_def_cfa sp, 0
  ret
.endm

.macro load_constants
  mov two, #2
  mov five, #5
.endm
.macro use_table label
  adrp table, PAGE_OF(\label)
  add table, table, OFFSET_IN_PAGE(\label)
.endm

.macro store_stack_pointers
  strb wst32, [machine, #MACHINE_WST]
  strb rst32, [machine, #MACHINE_RST]
.endm

// Calls a device with the port in w1, and the value in w2.
.macro call_device entry
  ldr x8, [machine, #\entry]
  mov x0, machine
  blr x8
.endm
