// Compiled for its static_asserts alone: the numbers of asm_offsets.h are the layout of abi.h.
#include "asm_offsets.h"

#include "abi.h"

#include <type_traits>

namespace {

using dispatchbench::Backend, dispatchbench::BackendLibrary, dispatchbench::Machine,
    dispatchbench::UnavailableBackend;

#define DISPATCHBENCH_CHECK(type, field, number) static_assert(offsetof(type, field) == (number))

static_assert(std::is_standard_layout_v<Machine> && sizeof(Machine) == MACHINE_SIZE);
DISPATCHBENCH_CHECK(Machine, ram, MACHINE_RAM);
DISPATCHBENCH_CHECK(Machine, working_stack, MACHINE_WORKING_STACK);
DISPATCHBENCH_CHECK(Machine, return_stack, MACHINE_RETURN_STACK);
DISPATCHBENCH_CHECK(Machine, device_page, MACHINE_DEVICE_PAGE);
DISPATCHBENCH_CHECK(Machine, dei, MACHINE_DEI);
DISPATCHBENCH_CHECK(Machine, deo, MACHINE_DEO);
DISPATCHBENCH_CHECK(Machine, devices, MACHINE_DEVICES);
DISPATCHBENCH_CHECK(Machine, pc, MACHINE_PC);
DISPATCHBENCH_CHECK(Machine, wst, MACHINE_WST);
DISPATCHBENCH_CHECK(Machine, rst, MACHINE_RST);
DISPATCHBENCH_CHECK(Machine, ram_changes, MACHINE_RAM_CHANGES);
DISPATCHBENCH_CHECK(Machine, program, MACHINE_PROGRAM);
DISPATCHBENCH_CHECK(Machine, budget, MACHINE_BUDGET);

static_assert(std::is_standard_layout_v<Backend> && sizeof(Backend) == BACKEND_SIZE);
DISPATCHBENCH_CHECK(Backend, name, BACKEND_NAME);
DISPATCHBENCH_CHECK(Backend, family, BACKEND_FAMILY);
DISPATCHBENCH_CHECK(Backend, dispatch, BACKEND_DISPATCH);
DISPATCHBENCH_CHECK(Backend, summary, BACKEND_SUMMARY);
DISPATCHBENCH_CHECK(Backend, expected, BACKEND_EXPECTED);
DISPATCHBENCH_CHECK(Backend, language, BACKEND_LANGUAGE);
DISPATCHBENCH_CHECK(Backend, run, BACKEND_RUN);
DISPATCHBENCH_CHECK(Backend, prepare, BACKEND_PREPARE);
DISPATCHBENCH_CHECK(Backend, release, BACKEND_RELEASE);
DISPATCHBENCH_CHECK(Backend, flags, BACKEND_FLAGS);
DISPATCHBENCH_CHECK(Backend, source_lines, BACKEND_SOURCE_LINES);

static_assert(std::is_standard_layout_v<UnavailableBackend> &&
              sizeof(UnavailableBackend) == UNAVAILABLE_SIZE);
DISPATCHBENCH_CHECK(UnavailableBackend, name, UNAVAILABLE_NAME);
DISPATCHBENCH_CHECK(UnavailableBackend, reason, UNAVAILABLE_REASON);

static_assert(std::is_standard_layout_v<BackendLibrary> && sizeof(BackendLibrary) == LIBRARY_SIZE);
DISPATCHBENCH_CHECK(BackendLibrary, abi, LIBRARY_ABI);
DISPATCHBENCH_CHECK(BackendLibrary, library_size, LIBRARY_LIBRARY_SIZE);
DISPATCHBENCH_CHECK(BackendLibrary, backend_size, LIBRARY_BACKEND_SIZE);
DISPATCHBENCH_CHECK(BackendLibrary, machine_size, LIBRARY_MACHINE_SIZE);
DISPATCHBENCH_CHECK(BackendLibrary, label, LIBRARY_LABEL);
DISPATCHBENCH_CHECK(BackendLibrary, host, LIBRARY_HOST);
DISPATCHBENCH_CHECK(BackendLibrary, language, LIBRARY_LANGUAGE);
DISPATCHBENCH_CHECK(BackendLibrary, compiler, LIBRARY_COMPILER);
DISPATCHBENCH_CHECK(BackendLibrary, compiler_version, LIBRARY_COMPILER_VERSION);
DISPATCHBENCH_CHECK(BackendLibrary, flags, LIBRARY_FLAGS);
DISPATCHBENCH_CHECK(BackendLibrary, target, LIBRARY_TARGET);
DISPATCHBENCH_CHECK(BackendLibrary, backends, LIBRARY_BACKENDS);
DISPATCHBENCH_CHECK(BackendLibrary, unavailable, LIBRARY_UNAVAILABLE);
DISPATCHBENCH_CHECK(BackendLibrary, backend_count, LIBRARY_BACKEND_COUNT);
DISPATCHBENCH_CHECK(BackendLibrary, unavailable_count, LIBRARY_UNAVAILABLE_COUNT);

} // namespace
