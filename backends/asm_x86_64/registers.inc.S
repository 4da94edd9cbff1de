// The named registers, and what each must be. A pointer's name alone is all 64 bits, a value's 32; with a number it is
// that width. AT&T syntax (the destination comes last), because only there can clang's .set name a register.
// $(8) stands for $8, which in Mach-O assembly is a macro's parameter.

// ---- Machine state, from the first dispatch to BRK. Device calls destroy rst and wst_top alone.

// The byte on top of each stack: its low byte is the stack pointer minus 1, so incb and decb wrap for free.
#define wst %rbx
#define wst8 %bl
#define rst %rsi
#define rst8 %sil
// That byte, zero-extended; it is always in memory, too.
#define wst_top %eax
#define rst_top %r12d
// The Uxn address behind the opcode that is running, zero-extended; incw wraps for free.
#define pc %rbp
#define pc32 %ebp
#define pc16 %bp
#define ram %r15
#define table %r14 // The handlers' addresses.
#define machine %r13

// ---- Scratch: device calls destroy it

#define a64 %rcx // Must be rcx, for it counts shifts.
#define a %ecx
#define a16 %cx
#define a8 %cl
#define a_high8 %ch // No instruction has this and one of r8 to r15.
#define b %edi
#define b16 %di
#define b8 %dil
#define c %r8d
#define c8 %r8b
#define d %r9d
#define d8 %r9b
#define e %edx // Must be edx: a device's third argument.
#define e16 %dx
#define e8 %dl
#define e_high8 %dh

// ---- The stacks of the opcode that is assembled: its own with `top`, and the other one

// Mach-O takes names from .set for undefined symbols, unless they begin with L.
#define own Lown
#define own8 Lown8
#define top64 Ltop64
#define top Ltop
#define top8 Ltop8
#define other Lother
#define other8 Lother8
#define other_top Lother_top

.macro name_stacks
  .if RETURN
    .set own, rst; .set own8, rst8; .set top64, %r12; .set top, rst_top; .set top8, %r12b
    .set other, wst; .set other8, wst8; .set other_top, wst_top
  .else
    .set own, wst; .set own8, wst8; .set top64, %rax; .set top, wst_top; .set top8, %al
    .set other, rst; .set other8, rst8; .set other_top, rst_top
  .endif
.endm
