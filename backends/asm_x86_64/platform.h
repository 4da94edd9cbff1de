// What ELF and Mach-O assembly write differently. Macros only.
#ifndef DISPATCHBENCH_BACKENDS_ASM_X86_64_PLATFORM_H
#define DISPATCHBENCH_BACKENDS_ASM_X86_64_PLATFORM_H

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

// The function's name in C, as backend.h makes it.
#define DISPATCHBENCH_RUN JOIN(dispatchbench_run_, DISPATCHBENCH_BACKEND_NAME)

#ifdef __APPLE__
#define C_SYMBOL(name) JOIN(_, name)
#define HIDDEN .private_extern
#define HOT_SECTION .section __TEXT, __text, regular, pure_instructions
#define COLD_SECTION .section __TEXT, __text_cold, regular, pure_instructions
#define RELOCATED_READ_ONLY_SECTION .section __DATA, __const
#else
#define C_SYMBOL(name) name
#define HIDDEN .hidden
#define HOT_SECTION .text
#define COLD_SECTION .section .text.unlikely, "ax", @progbits
#define RELOCATED_READ_ONLY_SECTION .section .data.rel.ro.local, "aw", @progbits
#endif

#endif
