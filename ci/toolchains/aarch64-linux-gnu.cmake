# Builds for AArch64 Linux on another processor with clang-19, and runs the tests under qemu-aarch64.
#
# clang rather than g++-aarch64-linux-gnu, because only clang-19 has musttail and preserve_none; the C and C++ libraries
# it links are that compiler's. Packages of Debian 12 (ci/setup installs them): clang-19 lld-19 g++-aarch64-linux-gnu
# qemu-user, and for arm64 libbenchmark-dev libfmt-dev libgmock-dev libgtest-dev.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)

foreach(language C CXX ASM)
  set(CMAKE_${language}_COMPILER_TARGET aarch64-linux-gnu)
endforeach()
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
add_link_options(-fuse-ld=lld)

find_program(DISPATCHBENCH_QEMU_AARCH64 qemu-aarch64)
if(NOT DISPATCHBENCH_QEMU_AARCH64)
  message(FATAL_ERROR "qemu-aarch64, which runs the tests, was not found: install the package qemu-user (ci/setup does)")
endif()
set(CMAKE_CROSSCOMPILING_EMULATOR ${DISPATCHBENCH_QEMU_AARCH64})

# Programs are this machine's; libraries of arm64 lie in Debian's multiarch directories, headers are shared.
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
