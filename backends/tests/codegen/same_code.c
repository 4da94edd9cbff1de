// A backend whose 256 handlers call a function, read a table, compare a variable with a number and call
// through a table of pointers. Macros change one of these at a time.
// CALLED=imported calls a function of another library instead.
// ENDS compares each opcode with 0 before the table.
// TEXT is what prepare returns; SIZED an object whose address is handed on, and FIELD one whose address is
// only computed. BEHIND_TEXT and BEHIND_SIZED bytes follow the first two, which nothing reads.
// BODY=switched(x) jumps by a table of distances, on x86-64; LAST changes where to, and BEHIND bytes follow
// the table.
#include "abi.h"

#include <stddef.h>

#ifndef BODY
#define BODY x + 1
#endif
#ifndef CALLED
#define CALLED called
#endif
#ifndef POINTED
#define POINTED x - 1
#endif
#ifndef CONSTANTS
#define CONSTANTS 1, 2, 3
#endif
#ifndef IMM
#define IMM 16
#endif
#ifndef START
#define START 5
#endif
#ifndef PADDING
#define PADDING 0
#endif
#ifndef LAST
#define LAST .Lcleared
#endif
#ifndef BEHIND
#define BEHIND 0
#endif
#ifndef TEXT
#define TEXT no memory
#endif
#ifndef SIZED
#define SIZED 3
#endif
#ifndef FIELD
#define FIELD 5
#endif
#ifndef BEHIND_TEXT
#define BEHIND_TEXT 0
#endif
#ifndef BEHIND_SIZED
#define BEHIND_SIZED 0
#endif
#define ASM_TEXT(text) #text
#define ASM(text) ASM_TEXT(text)

#if PADDING
// Never runs, is never read.
__asm__(".text\n.skip " ASM(PADDING) "\n.section .rodata\n.skip " ASM(PADDING) "\n.data\n.skip " ASM(
    PADDING) "\n.text");
#endif
#ifdef UNRELATED
unsigned unrelated(unsigned x) { return x * 12345; }
#endif

#ifdef __x86_64__
// The table's address is left over where a call's arguments and a return's result are.
unsigned switched(unsigned x);
__asm__(".text\n"
        "switched:\n"
        "  andl $3, %edi\n"
        "  leaq .Lswitch(%rip), %rax\n"
        "  movq %rax, %rsi\n"
        "  movslq (%rax,%rdi,4), %rcx\n"
        "  addq %rax, %rcx\n"
        "  jmp *%rcx\n"
        ".Lcalls:\n"
        "  call imported@PLT\n"
        "  ret\n"
        ".Lcleared:\n"
        "  xorl %eax, %eax\n"
        ".Lleft:\n"
        "  ret\n"
        ".section .rodata\n"
        ".balign 4\n"
        ".Lswitch:\n"
        "  .long .Lcalls - .Lswitch, .Lcleared - .Lswitch, .Lleft - .Lswitch\n"
        "  .long " ASM(LAST) " - .Lswitch\n"
                             "  .skip " ASM(BEHIND) ", 1\n"
                                                    ".text\n");
#endif

#define HIDDEN_OBJECT extern const uint8_t __attribute__((visibility("hidden")))
HIDDEN_OBJECT sized[];
HIDDEN_OBJECT fields[];
HIDDEN_OBJECT text[];
// clang-format off
__asm__(".section .rodata\n"
        ".globl sized, fields, text\n" // Else lld would make `adr` of `adrp` and `add` for the first alone.
        ".type sized, %object\n"
        "sized: .byte 1, 2, " ASM(SIZED) "\n"
        ".size sized, 3\n"
        ".skip " ASM(BEHIND_SIZED) ", 1\n"
        ".type fields, %object\n"
        "fields: .byte 4, " ASM(FIELD) "\n"
        ".size fields, 2\n"
        "text: .asciz \"" ASM(TEXT) "\"\n"
        ".skip " ASM(BEHIND_TEXT) ", 1\n"
        ".text\n");
// clang-format on

void use(const uint8_t* object);
static const char* prepare_demo(DispatchbenchMachine* machine) {
  if (machine->pc == 0) return NULL;
  if (machine->pc == 1) use(sized);
  const uint8_t* first = fields;
  __asm__("" : "+r"(first)); // The compiler adds the field's distance itself.
  if (machine->pc == 2) use(first + 1);
  return (const char*)text;
}

static const uint8_t table_of_constants[64] = {CONSTANTS};
__attribute__((noinline, noclone)) static unsigned called(unsigned x) { return BODY; }
unsigned imported(unsigned x);
__attribute__((noinline, noclone)) static unsigned pointed_0(unsigned x) { return x + 2; }
__attribute__((noinline, noclone)) static unsigned pointed_1(unsigned x) { return POINTED; }
static unsigned (*const pointers[2])(unsigned) = {pointed_0, pointed_1};
__attribute__((visibility("hidden"))) unsigned counter;
__attribute__((visibility("hidden"))) unsigned start = START;
void touch(void) {
  counter++;
  start++;
}

static void run_demo(DispatchbenchMachine* machine) {
  const uint8_t* const ram = machine->ram;
  unsigned pc = machine->pc, sum = start;
#define LABEL(n) &&l##n,
#define R4(F, a) F(a##0) F(a##1) F(a##2) F(a##3)
#define R16(F, a) R4(F, a##0) R4(F, a##1) R4(F, a##2) R4(F, a##3)
#define R64(F, a) R16(F, a##0) R16(F, a##1) R16(F, a##2) R16(F, a##3)
#define R256(F) R64(F, q0) R64(F, q1) R64(F, q2) R64(F, q3)
  static const void* const labels[256] = {R256(LABEL)};
#ifdef HIDDEN
  // Where the table is stands in a variable that anything may write to.
  static const void* const* volatile table_of_labels = labels;
#define LABELS table_of_labels
#else
#define LABELS labels
#endif
#ifdef ENDS
#define DISPATCH                                                                                             \
  if (ram[pc & 0xffff] == 0) return;                                                                         \
  goto* LABELS[ram[pc++ & 0xffff]]
#else
#define DISPATCH goto* LABELS[ram[pc++ & 0xffff]]
#endif
  DISPATCH;
#define HANDLER(n)                                                                                           \
  l##n : sum = CALLED(sum) + table_of_constants[sum & 63];                                                   \
  if (counter == IMM) machine->wst = (uint8_t)pointers[sum & 1](sum);                                        \
  __asm__ volatile("nop /* " #n " */");                                                                      \
  if (#n[1] == '0' && #n[2] == '0' && #n[3] == '0' && #n[4] == '0') {                                        \
    machine->pc = (uint16_t)pc;                                                                              \
    machine->rst = (uint8_t)sum;                                                                             \
    return;                                                                                                  \
  }                                                                                                          \
  DISPATCH;
  R256(HANDLER)
}

static const DispatchbenchBackend backends[2] = {{"demo", "demo", "computed_goto", "a demonstration",
                                                  "replicated", NULL, run_demo, prepare_demo, NULL, 0, 0},
                                                 {0}};
static const DispatchbenchUnavailable unavailable[1] = {{0}};
static const DispatchbenchLibrary library = {
    DISPATCHBENCH_ABI_VERSION,
    sizeof(DispatchbenchLibrary),
    sizeof(DispatchbenchBackend),
    sizeof(DispatchbenchMachine),
    "demo",
    "native",
    "c",
    "some",
    "0",
    "-O2",
    "some",
    backends,
    unavailable,
    1,
    0,
};
__attribute__((visibility("default"))) const DispatchbenchLibrary* dispatchbench_library(void) {
  return &library;
}
