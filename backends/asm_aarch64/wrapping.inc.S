// Accesses that wrap around the end of a stack or of memory.
//
// A handler whose accesses could wrap checks once, in front, and leaves for label 9. There is no second set of
// handlers: `wrap` copies both ends of a stack into a small window where they lie side by side, the same handler runs
// there from label 8 on (7 if an immediate operand has been read), and `unwrap` takes the result back.

#define WINDOW_HALF 32 // Bytes of each end of a stack in a window.
#define WINDOW_NEAR 24 // As near to an end a pointer goes to the window; ROT2k moves 6 bytes either way from it.

// ---- The check

// One test of the chain, if `needed`: `register` must be below `bound`. After any test carry means "leave for label 9",
// and after the first `tst` zero does; #6 sets both.
.macro also_below needed, register, bound
  .if \needed
    .if TESTED == 0
      cmp \register, \bound
    .elseif TESTED == 1
      ccmp \register, \bound, #6, ne
    .else
      ccmp \register, \bound, #6, lo
    .endif
    .set TESTED, 2
  .endif
.endm

// Goes to label 9 if the opcode could wrap: `reads` bytes below the stack pointer (0 to 4, 6), `grows` and
// `other_grows` non-zero where its own or the other stack becomes higher, `pc` 1 where the handler reads code at pc, 2
// where it also accesses memory at a signed distance from it.
.macro check reads, grows=0, other_grows=0, pc=1
  .set READS, \reads
  .set TESTED, 2
  .if (READS == 1) || (READS == 2) || (READS == 4)
    tst own, #(0x100 - READS)
    .set TESTED, 1
  .elseif READS == 3
    cmp two, own32, uxtb
  .elseif READS == 6
    cmp five, own32, uxtb
  .elseif READS == 0
    .set TESTED, 0
  .else
    .error "check: no test for this number of bytes"
  .endif
  also_below \grows, own, own_bound
  also_below \other_grows, other, other_bound
  also_below \pc, pc, pc_bound
  also_below \pc/2, ram_low, pc
  .if TESTED == 1
    b.eq 9f
  .else
    b.hs 9f
  .endif
8:
.endm

// Where the check leaves to; the second for opcodes with an immediate operand, which is then in a.
.macro wrapping
9:
  bl asm_aarch64_wrap
  b 8b
.endm
.macro wrapping_operand size
9:
  bl asm_aarch64_wrap_\size\()_operand
  b 7b
.endm

// Most handlers begin and end like this.
.macro begin reads, grows=0, other_grows=0, pc=1
  check \reads, \grows, \other_grows, \pc
  fetch
.endm
.macro finish
  jump
  wrapping
.endm

// ---- The windows

// b = how far the stack pointer is above the lowest one that goes to a window. Leaves for label 1 if it is near neither
// end.
.macro position_in_window pointer
  add b, \pointer, #WINDOW_NEAR
  and b, b, #0xff
  cmp b, #(2*WINDOW_NEAR)
  b.hs 1f
.endm
.macro set_aside stack, window
  position_in_window \stack\()32
  and c64, \stack, #~0xff
  add d64, x29, #\window
  ldp q0, q1, [c64, #(256-WINDOW_HALF)]
  ldp q2, q3, [c64]
  stp q0, q1, [d64]
  stp q2, q3, [d64, #WINDOW_HALF]
  add d64, d64, b64
  add \stack, d64, #(WINDOW_HALF-WINDOW_NEAR)
1:
.endm
.macro bring_back stack, window, saved
  ldr c64, [x29, #\saved]
  position_in_window c
  and c64, c64, #~0xff
  add d64, x29, #\window
  ldp q0, q1, [d64]
  ldp q2, q3, [d64, #WINDOW_HALF]
  stp q0, q1, [c64, #(256-WINDOW_HALF)]
  stp q2, q3, [c64]
  sub b64, \stack, d64
  sub b, b, #WINDOW_HALF
  add \stack, c64, b, uxtb
1:
.endm

// a or b = the immediate operand's byte at `offset`.
.macro operand_byte register, offset
  add c64, pc, #\offset
  sub c64, c64, ram
  add c64, ram, c, uxth
  ldrb \register, [c64]
.endm
function asm_aarch64_wrap_byte_operand
  describe_frame
  operand_byte a, 0
  add pc, pc, #1
  b asm_aarch64_wrap
end_function asm_aarch64_wrap_byte_operand
function asm_aarch64_wrap_short_operand
  describe_frame
  operand_byte a, 0
  operand_byte b, 1
  orr a, a, b, lsl #8
  add pc, pc, #2
  b asm_aarch64_wrap
end_function asm_aarch64_wrap_short_operand

// Returns with pc inside memory, a stack pointer that is near either end of its stack in a window, and `unwrap` as the
// next handler whatever the opcode.
function asm_aarch64_wrap
  describe_frame
  sub b64, pc, ram
  add pc, ram, b, uxth
  stp wst, rst, [x29, #FRAME_SPILL]
  set_aside wst, FRAME_WINDOWS
  set_aside rst, FRAME_WINDOWS+2*WINDOW_HALF
  use_table unwrap_table
#ifdef DISPATCHBENCH_BUDGETED_VARIANT
  mov x13, #-1 // As if far behind: a jump counts wherever it leads, since pc may have wrapped.
#endif
  ret
end_function asm_aarch64_wrap

function asm_aarch64_unwrap
  describe_frame
  LANDING_PAD_FOR_JUMPS
  sub pc, pc, #1
  bring_back wst, FRAME_WINDOWS, FRAME_SPILL
  bring_back rst, FRAME_WINDOWS+2*WINDOW_HALF, FRAME_SPILL+8
  use_table handler_table
  dispatch
end_function asm_aarch64_unwrap
