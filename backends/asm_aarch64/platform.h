// What ELF and Mach-O write differently, and landing pads for indirect jumps. Macros only.
#ifndef DISPATCHBENCH_BACKENDS_ASM_AARCH64_PLATFORM_H
#define DISPATCHBENCH_BACKENDS_ASM_AARCH64_PLATFORM_H

#include "isa/run_name.h"

// clang-format off: directives are not C++.
#ifdef __APPLE__
#define SEPARATOR %% // A semicolon starts a comment.
#define C_SYMBOL(name) DISPATCHBENCH_JOIN(_, name)
#define HIDDEN .private_extern
#define FUNCTION_TYPE(name)
#define SYMBOL_SIZE(name)
#define PAGE_OF(label) label@PAGE
#define OFFSET_IN_PAGE(label) label@PAGEOFF
#define RELOCATED_READ_ONLY_SECTION .section __DATA, __const
#define NO_EXECUTABLE_STACK
#else
#define SEPARATOR ;
#define C_SYMBOL(name) name
#define HIDDEN .hidden
#define FUNCTION_TYPE(name) .type name, %function
#define SYMBOL_SIZE(name) .size name, . - name
#define PAGE_OF(label) label
#define OFFSET_IN_PAGE(label) :lo12:label
#define RELOCATED_READ_ONLY_SECTION .section .data.rel.ro, "aw", %progbits
#define NO_EXECUTABLE_STACK .section .note.GNU-stack, "", %progbits
#endif

// Where an indirect call or jump may arrive, with -mbranch-protection; the note tells an ELF linker that all do.
#ifdef __ARM_FEATURE_BTI_DEFAULT
#define LANDING_PAD_FOR_CALLS hint #34 // bti c
#define LANDING_PAD_FOR_JUMPS hint #36 // bti j
#else
#define LANDING_PAD_FOR_CALLS
#define LANDING_PAD_FOR_JUMPS
#endif
#if defined(__ARM_FEATURE_BTI_DEFAULT) && defined(__ELF__)
#define LANDING_PAD_NOTE \
  .section .note.gnu.property, "a"; .p2align 3; .long 4, 16, 5; .asciz "GNU"; .long 0xc0000000, 4, 1, 0
#else
#define LANDING_PAD_NOTE
#endif
// clang-format on

#endif
