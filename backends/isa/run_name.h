// The names of the functions that a backend of this library defines, made from DISPATCHBENCH_BACKEND_NAME,
// which CMake sets: DISPATCHBENCH_RUN, and DISPATCHBENCH_PREPARE and DISPATCHBENCH_RELEASE for an add_backend
// with PREPARES. abi.h says what each has to do. Macros only: C++ and assembly share this file.
#ifndef DISPATCHBENCH_BACKENDS_ISA_RUN_NAME_H
#define DISPATCHBENCH_BACKENDS_ISA_RUN_NAME_H

#define DISPATCHBENCH_JOIN_EXPANDED(a, b) a##b
#define DISPATCHBENCH_JOIN(a, b) DISPATCHBENCH_JOIN_EXPANDED(a, b)

#define DISPATCHBENCH_RUN DISPATCHBENCH_JOIN(dispatchbench_run_, DISPATCHBENCH_BACKEND_NAME)
#define DISPATCHBENCH_PREPARE DISPATCHBENCH_JOIN(dispatchbench_prepare_, DISPATCHBENCH_BACKEND_NAME)
#define DISPATCHBENCH_RELEASE DISPATCHBENCH_JOIN(dispatchbench_release_, DISPATCHBENCH_BACKEND_NAME)

#endif
