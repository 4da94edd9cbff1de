// The opcode list of Uxn: 36 rows (31 base opcodes, BRK, three immediate jumps, LIT) that expand to 256
// opcodes.
//
// Macros only, because assembly sources include this file too. Opcodes come in numeric order, 0x00 to 0xff,
// so that a dispatch table is one expansion:
//
//   #define ENTRY(mnemonic, row, value) &handler<Opcode::mnemonic>,
//   Handler table[256] = {DISPATCHBENCH_OPCODES(ENTRY)};
//
// `mnemonic` carries the mode suffix (ADD2kr), `row` doesn't (ADD), `value` is the opcode byte.
#ifndef DISPATCHBENCH_BACKENDS_ISA_OPCODE_LIST_H
#define DISPATCHBENCH_BACKENDS_ISA_OPCODE_LIST_H

// The mode bits of an opcode byte.
#define DISPATCHBENCH_MODE_SHORT 0x20
#define DISPATCHBENCH_MODE_RETURN 0x40
#define DISPATCHBENCH_MODE_KEEP 0x80

// The 31 base opcodes, each passed on with the mode suffix and the mode bits. Bits 0-4 of the byte are the
// row's number.
#define DISPATCHBENCH_BASE_ROWS(ROW, X, SUFFIX, MODE)                                                        \
  ROW(X, INC, 0x01, SUFFIX, MODE)                                                                            \
  ROW(X, POP, 0x02, SUFFIX, MODE)                                                                            \
  ROW(X, NIP, 0x03, SUFFIX, MODE)                                                                            \
  ROW(X, SWP, 0x04, SUFFIX, MODE)                                                                            \
  ROW(X, ROT, 0x05, SUFFIX, MODE)                                                                            \
  ROW(X, DUP, 0x06, SUFFIX, MODE)                                                                            \
  ROW(X, OVR, 0x07, SUFFIX, MODE)                                                                            \
  ROW(X, EQU, 0x08, SUFFIX, MODE)                                                                            \
  ROW(X, NEQ, 0x09, SUFFIX, MODE)                                                                            \
  ROW(X, GTH, 0x0a, SUFFIX, MODE)                                                                            \
  ROW(X, LTH, 0x0b, SUFFIX, MODE)                                                                            \
  ROW(X, JMP, 0x0c, SUFFIX, MODE)                                                                            \
  ROW(X, JCN, 0x0d, SUFFIX, MODE)                                                                            \
  ROW(X, JSR, 0x0e, SUFFIX, MODE)                                                                            \
  ROW(X, STH, 0x0f, SUFFIX, MODE)                                                                            \
  ROW(X, LDZ, 0x10, SUFFIX, MODE)                                                                            \
  ROW(X, STZ, 0x11, SUFFIX, MODE)                                                                            \
  ROW(X, LDR, 0x12, SUFFIX, MODE)                                                                            \
  ROW(X, STR, 0x13, SUFFIX, MODE)                                                                            \
  ROW(X, LDA, 0x14, SUFFIX, MODE)                                                                            \
  ROW(X, STA, 0x15, SUFFIX, MODE)                                                                            \
  ROW(X, DEI, 0x16, SUFFIX, MODE)                                                                            \
  ROW(X, DEO, 0x17, SUFFIX, MODE)                                                                            \
  ROW(X, ADD, 0x18, SUFFIX, MODE)                                                                            \
  ROW(X, SUB, 0x19, SUFFIX, MODE)                                                                            \
  ROW(X, MUL, 0x1a, SUFFIX, MODE)                                                                            \
  ROW(X, DIV, 0x1b, SUFFIX, MODE)                                                                            \
  ROW(X, AND, 0x1c, SUFFIX, MODE)                                                                            \
  ROW(X, ORA, 0x1d, SUFFIX, MODE)                                                                            \
  ROW(X, EOR, 0x1e, SUFFIX, MODE)                                                                            \
  ROW(X, SFT, 0x1f, SUFFIX, MODE)

#define DISPATCHBENCH_BASE_ROW(X, ROW, NUMBER, SUFFIX, MODE) X(ROW##SUFFIX, ROW, (NUMBER + MODE))
#define DISPATCHBENCH_BASE(X, SUFFIX, MODE) DISPATCHBENCH_BASE_ROWS(DISPATCHBENCH_BASE_ROW, X, SUFFIX, MODE)

// The 31 base opcodes alone, in byte mode: one call per row.
#define DISPATCHBENCH_BASE_OPCODES(X) DISPATCHBENCH_BASE(X, , 0x00)

// The immediate opcodes that aren't LIT: one call per row.
#define DISPATCHBENCH_IMMEDIATE_OPCODES(X)                                                                   \
  X(BRK, BRK, 0x00) X(JCI, JCI, 0x20) X(JMI, JMI, 0x40) X(JSI, JSI, 0x60)

// All 36 rows, each as its opcode in byte mode.
#define DISPATCHBENCH_ROWS(X)                                                                                \
  DISPATCHBENCH_IMMEDIATE_OPCODES(X) X(LIT, LIT, 0x80) DISPATCHBENCH_BASE_OPCODES(X)

// All 256 opcodes in numeric order. Where bits 0-4 are 0, the mode bits select one of the eight immediates.
// clang-format off: a line per mode
#define DISPATCHBENCH_OPCODES(X)                                                                             \
  X(BRK, BRK, 0x00) DISPATCHBENCH_BASE(X, , 0x00)                                                            \
  X(JCI, JCI, 0x20) DISPATCHBENCH_BASE(X, 2, 0x20)                                                           \
  X(JMI, JMI, 0x40) DISPATCHBENCH_BASE(X, r, 0x40)                                                           \
  X(JSI, JSI, 0x60) DISPATCHBENCH_BASE(X, 2r, 0x60)                                                          \
  X(LIT, LIT, 0x80) DISPATCHBENCH_BASE(X, k, 0x80)                                                           \
  X(LIT2, LIT, 0xa0) DISPATCHBENCH_BASE(X, 2k, 0xa0)                                                         \
  X(LITr, LIT, 0xc0) DISPATCHBENCH_BASE(X, kr, 0xc0)                                                         \
  X(LIT2r, LIT, 0xe0) DISPATCHBENCH_BASE(X, 2kr, 0xe0)
// clang-format on

#endif
