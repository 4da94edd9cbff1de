// The C ABI between a backend library (a shared object full of backends) and whoever loads it.
#pragma once

#include "isa/machine.h"

namespace dispatchbench {

/// Raised with every change of `Machine`, `Backend` or `BackendLibrary` that an older reader would misread.
inline constexpr std::uint32_t abi_version = 1;

/// Runs one vector: from `machine->pc` to its BRK. Afterwards pc, wst and rst are stored back. Never throws.
using RunFunction = void (*)(Machine* machine) noexcept;

/// One way to dispatch.
struct Backend {
  const char* name; ///< The folder's name, for example "computed_goto".
  const char*
      technique; ///< What the source asks for, for example "computed goto, one indirect jump per handler".
  const char* summary;  ///< A sentence for `dispatchbench list`.
  const char* expected; ///< The effective technique that its machine code must show: see tools/audit.
  RunFunction run;
};

/// A backend that this library doesn't have, and why.
struct UnavailableBackend {
  const char* name;
  const char* reason; ///< What is missing and what would provide it.
};

/// What a library says of itself. Strings are UTF-8, never null, and live as long as the library is loaded.
struct BackendLibrary {
  std::uint32_t abi;            ///< `abi_version` of the header it was compiled with.
  std::uint32_t library_size;   ///< sizeof(BackendLibrary) there.
  std::uint32_t backend_size;   ///< sizeof(Backend) there: the stride of `backends`.
  std::uint32_t machine_size;   ///< sizeof(Machine) there.
  const char* label;            ///< Default label in a row's name: the CMake preset ("clang", "gcc").
  const char* compiler;         ///< "clang" or "gcc".
  const char* compiler_version; ///< For example "19.1.7".
  const char* flags;            ///< Flags of every backend; a backend's own flags stand in its CMake line.
  const char* target;           ///< "x86_64" or "aarch64".
  const Backend* backends;
  const UnavailableBackend* unavailable;
  std::uint32_t backend_count;
  std::uint32_t unavailable_count;
};

} // namespace dispatchbench

/// The one symbol that a backend library exports.
extern "C" const dispatchbench::BackendLibrary* dispatchbench_library() noexcept;

// Every backend is compiled with DISPATCHBENCH_BACKEND_NAME set to its folder's name and defines this one
// function.
#define DISPATCHBENCH_JOIN_(a, b) a##b
#define DISPATCHBENCH_JOIN(a, b) DISPATCHBENCH_JOIN_(a, b)
#define DISPATCHBENCH_RUN DISPATCHBENCH_JOIN(dispatchbench_run_, DISPATCHBENCH_BACKEND_NAME)
