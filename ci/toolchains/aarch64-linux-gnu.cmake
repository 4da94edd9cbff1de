# Builds for AArch64 Linux on another processor with clang-19, and runs the tests under qemu-aarch64.
#
# clang-19 and not g++-aarch64-linux-gnu, which lacks musttail and preserve_none in Debian 12; the C and C++ libraries
# are still those of g++. Debian packages (ci/setup installs them): clang-19 lld-19 g++-aarch64-linux-gnu, for arm64
# libasmjit-dev libbenchmark-dev libfmt-dev libgmock-dev libgtest-dev, and qemu-user of a newer Debian.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)

foreach(language C CXX ASM)
  set(CMAKE_${language}_COMPILER_TARGET aarch64-linux-gnu)
endforeach()
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
add_link_options(-fuse-ld=lld)

# ci/setup's own first; it is linked statically, so it runs where it was unpacked.
file(GLOB unpacked_emulator ${CMAKE_CURRENT_LIST_DIR}/../../build/emulator/*/qemu-user/usr/bin)
find_program(DISPATCHBENCH_QEMU_AARCH64 qemu-aarch64 HINTS ${unpacked_emulator})
if(NOT DISPATCHBENCH_QEMU_AARCH64)
  message(FATAL_ERROR "qemu-aarch64, which runs the tests, was not found: install the package qemu-user (ci/setup does)")
endif()
execute_process(COMMAND ${DISPATCHBENCH_QEMU_AARCH64} --version OUTPUT_VARIABLE qemu_version)
string(REGEX MATCH "[0-9]+\\.[0-9]+(\\.[0-9]+)?" qemu_version "${qemu_version}")
if(qemu_version VERSION_LESS 8.1)
  message(FATAL_ERROR "${DISPATCHBENCH_QEMU_AARCH64} is version ${qemu_version}; expected 8.1 or newer, which notices that the "
    "backend jit changes code. ci/setup unpacks one; then configure with --fresh")
endif()
set(CMAKE_CROSSCOMPILING_EMULATOR ${DISPATCHBENCH_QEMU_AARCH64})

# Programs are this machine's, arm64 libraries are in Debian's multiarch folders, headers are shared.
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
