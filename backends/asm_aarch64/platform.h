// What ELF and Mach-O assembly write differently. Macros only.
// clang-format off: the macros hold assembly, not C++
#ifndef DISPATCHBENCH_BACKENDS_ASM_AARCH64_PLATFORM_H
#define DISPATCHBENCH_BACKENDS_ASM_AARCH64_PLATFORM_H

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

// The function's name in C, as backend.h makes it.
#define DISPATCHBENCH_RUN JOIN(dispatchbench_run_, DISPATCHBENCH_BACKEND_NAME)

#ifdef __APPLE__
#define SEPARATOR %% // In Mach-O assembly a semicolon starts a comment.
#define C_SYMBOL(name) JOIN(_, name)
#define PAGE_OF(label) label@PAGE
#define OFFSET_IN_PAGE(label) label@PAGEOFF
#define RELOCATED_READ_ONLY_SECTION .section __DATA, __const
#else
#define SEPARATOR ;
#define C_SYMBOL(name) name
#define PAGE_OF(label) label
#define OFFSET_IN_PAGE(label) :lo12:label
#define RELOCATED_READ_ONLY_SECTION .section .data.rel.ro, "aw", %progbits
#endif

#endif
