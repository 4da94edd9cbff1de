// The list of this library's backends, expanded from what add_backend collected.
#include "abi.h"

#include "dispatchbench_backends.inc" // BACKENDS(X), UNAVAILABLE(X) and the strings LIBRARY_*.

#include <iterator>

using namespace dispatchbench;

extern "C" {
#define DISPATCHBENCH_DECLARE(name, ...)                                                                     \
  void dispatchbench_run_##name(Machine* machine) noexcept;                                                  \
  const char* dispatchbench_prepare_##name(Machine* machine) noexcept;                                       \
  void dispatchbench_release_##name(Machine* machine) noexcept;
BACKENDS(DISPATCHBENCH_DECLARE)
}

namespace {

// Each list ends with an empty entry, since C++ has no empty arrays.
constexpr Backend backends[] = {
#define DISPATCHBENCH_ENTRY(name, family, dispatch, summary, expected, language, prepare, release, flags,    \
                            source_lines)                                                                    \
  Backend{#name,   family,  dispatch, summary,     expected, language, dispatchbench_run_##name,             \
          prepare, release, flags,    source_lines},
    BACKENDS(DISPATCHBENCH_ENTRY) Backend{}};

constexpr UnavailableBackend unavailable[] = {
#define DISPATCHBENCH_REASON(name, reason) UnavailableBackend{#name, reason},
    UNAVAILABLE(DISPATCHBENCH_REASON) UnavailableBackend{}};

constexpr BackendLibrary library{
    DISPATCHBENCH_ABI_VERSION,
    sizeof(BackendLibrary),
    sizeof(Backend),
    sizeof(Machine),
    LIBRARY_LABEL,
#ifdef __wasm__
    "webassembly",
#else
    "native",
#endif
    "c++",
    LIBRARY_COMPILER,
    LIBRARY_COMPILER_VERSION,
    LIBRARY_FLAGS,
    LIBRARY_TARGET,
    backends,
    unavailable,
    std::size(backends) - 1,
    std::size(unavailable) - 1,
};

} // namespace

extern "C" [[gnu::visibility("default")]] const BackendLibrary* dispatchbench_library() noexcept {
  return &library;
}
