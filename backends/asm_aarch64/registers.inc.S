// The named registers, and what each must be. A pointer's name alone is all 64 bits, a value's 32; with a number it is
// that width. No x18, which Apple's ABI reserves.

.macro pointer name, number
  \name .req x\number
  \name\()32 .req w\number
.endm
.macro value name, number
  \name .req w\number
  \name\()64 .req x\number
.endm

// ---- Machine state, from the first dispatch to BRK: callee-saved registers, which device calls keep

// The next free byte of each stack: the low byte is the stack pointer.
pointer wst, 22
pointer rst, 23
// The next byte of code in ram. May stand at ram + 0x10000, which means 0x0000.
pointer pc, 21
ram .req x20
table .req x24 // The handlers' addresses.
machine .req x19

// ---- Bounds: a register below its bound needs no wrap-around check (wrapping.inc.S)

pc_bound .req x25 // ram + 0xff00
wst_bound .req x26 // STACK_BOUND bytes into the stack.
rst_bound .req x27
ram_low .req x28 // ram + 0x7f: above it, a signed byte distance cannot leave memory at the bottom.
two .req w6 // Constants. Device calls destroy them.
five .req w7
#define STACK_BOUND 240 // No opcode writes more than 12 bytes beyond the lowest it reads.

// ---- Scratch: device calls destroy it. x13 to x15 and x17 are free.

value a, 9
value b, 10
value c, 11
value d, 12
pointer next, 16 // The next handler's address.

// ---- The stacks of the opcode that is assembled: its own, and the other one

.macro name_stacks
  .if RETURN
    pointer own, 23
    pointer other, 22
    own_bound .req x27
    other_bound .req x26
  .else
    pointer own, 22
    pointer other, 23
    own_bound .req x26
    other_bound .req x27
  .endif
.endm
.macro forget_stacks
  .irp name, own, own32, other, other32, own_bound, other_bound
    .unreq \name
  .endr
.endm
