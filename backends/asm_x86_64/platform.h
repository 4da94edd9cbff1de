// What ELF and Mach-O assembly write differently, and control-flow protection. Macros only.
#ifndef DISPATCHBENCH_BACKENDS_ASM_X86_64_PLATFORM_H
#define DISPATCHBENCH_BACKENDS_ASM_X86_64_PLATFORM_H

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

// The function's name in C, as backend.h makes it.
#define DISPATCHBENCH_RUN JOIN(dispatchbench_run_, DISPATCHBENCH_BACKEND_NAME)

#ifdef __APPLE__
#define C_SYMBOL(name) JOIN(_, name)
#define HIDDEN .private_extern
#define TYPE_FUNCTION(name)
#define TYPE_OBJECT(name)
#define SIZE(name)
#define HOT_SECTION .section __TEXT, __text, regular, pure_instructions
#define COLD_SECTION .section __TEXT, __text_cold, regular, pure_instructions
#define RELOCATED_READ_ONLY_SECTION .section __DATA, __const
#define NO_EXECUTABLE_STACK
#else
// clang-format off: directives are not C++.
#define C_SYMBOL(name) name
#define HIDDEN .hidden
#define TYPE_FUNCTION(name) .type name, @function
#define TYPE_OBJECT(name) .type name, @object
#define SIZE(name) .size name, . - name
#define HOT_SECTION .text
#define COLD_SECTION .section .text.unlikely, "ax", @progbits
#define RELOCATED_READ_ONLY_SECTION .section .data.rel.ro.local, "aw", @progbits
#define NO_EXECUTABLE_STACK .section .note.GNU-stack, "", @progbits
// clang-format on
#endif

// Where an indirect jump or call may arrive: endbr64 if compiled with -fcf-protection. The compiler's header
// also marks the object as protected.
#ifdef __CET__
#include <cet.h>
#define LANDING_PAD _CET_ENDBR
#else
#define LANDING_PAD
#endif

#endif
