# Builds for AArch64 Linux on another processor with clang-19, and runs the tests under qemu-aarch64.
#
# clang-19 and not g++-aarch64-linux-gnu, which lacks musttail and preserve_none in Debian 12; the C and C++ libraries
# are still those of g++. Debian packages (ci/setup installs them): clang-19 lld-19 g++-aarch64-linux-gnu qemu-user, and
# for arm64 libbenchmark-dev libfmt-dev libgmock-dev libgtest-dev.
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

# Programs are this machine's, arm64 libraries are in Debian's multiarch folders, headers are shared.
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
