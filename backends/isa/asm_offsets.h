// Numbers of `Machine` for assembly. Macros only; C++ that includes it checks every number against the
// struct.
#ifndef DISPATCHBENCH_BACKENDS_ISA_ASM_OFFSETS_H
#define DISPATCHBENCH_BACKENDS_ISA_ASM_OFFSETS_H

#define MACHINE_RAM 0
#define MACHINE_WORKING_STACK 8
#define MACHINE_RETURN_STACK 16
#define MACHINE_DEVICE_PAGE 24
#define MACHINE_DEI 32
#define MACHINE_DEO 40
#define MACHINE_PC 56
#define MACHINE_WST 58
#define MACHINE_RST 59
#define MACHINE_SIZE 64

#ifndef __ASSEMBLER__
#include "machine.h"

#include <type_traits>

namespace dispatchbench {
static_assert(std::is_standard_layout_v<Machine>);
static_assert(sizeof(Machine) == MACHINE_SIZE);
static_assert(offsetof(Machine, ram) == MACHINE_RAM);
static_assert(offsetof(Machine, working_stack) == MACHINE_WORKING_STACK);
static_assert(offsetof(Machine, return_stack) == MACHINE_RETURN_STACK);
static_assert(offsetof(Machine, device_page) == MACHINE_DEVICE_PAGE);
static_assert(offsetof(Machine, dei) == MACHINE_DEI);
static_assert(offsetof(Machine, deo) == MACHINE_DEO);
static_assert(offsetof(Machine, pc) == MACHINE_PC);
static_assert(offsetof(Machine, wst) == MACHINE_WST);
static_assert(offsetof(Machine, rst) == MACHINE_RST);
} // namespace dispatchbench
#endif

#endif
