// DISPATCHBENCH_RUN: the one function that each backend of this library defines, named after the backend.
// CMake sets DISPATCHBENCH_BACKEND_NAME. Macros only: C++ and assembly share it.
#ifndef DISPATCHBENCH_BACKENDS_ISA_RUN_NAME_H
#define DISPATCHBENCH_BACKENDS_ISA_RUN_NAME_H

#define DISPATCHBENCH_JOIN_EXPANDED(a, b) a##b
#define DISPATCHBENCH_JOIN(a, b) DISPATCHBENCH_JOIN_EXPANDED(a, b)
#define DISPATCHBENCH_RUN DISPATCHBENCH_JOIN(dispatchbench_run_, DISPATCHBENCH_BACKEND_NAME)

#endif
