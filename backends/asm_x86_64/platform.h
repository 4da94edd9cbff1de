// What ELF and Mach-O write differently, and landing pads for indirect jumps. Macros only.
#ifndef DISPATCHBENCH_BACKENDS_ASM_X86_64_PLATFORM_H
#define DISPATCHBENCH_BACKENDS_ASM_X86_64_PLATFORM_H

#include "isa/run_name.h"

// clang-format off: directives are not C++.
#ifdef __APPLE__
#define C_SYMBOL(name) DISPATCHBENCH_JOIN(_, name)
#define HIDDEN .private_extern
#define FUNCTION_TYPE(name)
#define OBJECT_TYPE(name)
#define SYMBOL_SIZE(name)
#define COLD_SECTION .section __TEXT, __text_cold, regular, pure_instructions
#define RELOCATED_READ_ONLY_SECTION .section __DATA, __const
#define NO_EXECUTABLE_STACK
#else
#define C_SYMBOL(name) name
#define HIDDEN .hidden
#define FUNCTION_TYPE(name) .type name, @function
#define OBJECT_TYPE(name) .type name, @object
#define SYMBOL_SIZE(name) .size name, . - name
#define COLD_SECTION .section .text.unlikely, "ax", @progbits
#define RELOCATED_READ_ONLY_SECTION .section .data.rel.ro.local, "aw", @progbits
#define NO_EXECUTABLE_STACK .section .note.GNU-stack, "", @progbits
#endif
// clang-format on

// Where an indirect jump or call may arrive: endbr64 with -fcf-protection. The compiler's header also marks
// the object as protected.
#ifdef __CET__
#include <cet.h>
#define LANDING_PAD _CET_ENDBR
#else
#define LANDING_PAD
#endif

#endif
