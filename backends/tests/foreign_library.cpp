// A library as a later revision of this project might build it, which must be refused.
#include "abi.h"

namespace {

constexpr dispatchbench::BackendLibrary library{
    DISPATCHBENCH_ABI_VERSION + DISPATCHBENCH_LATER_VERSIONS,
    sizeof(dispatchbench::BackendLibrary),
    sizeof(dispatchbench::Backend),
    sizeof(dispatchbench::Machine) + DISPATCHBENCH_MORE_MACHINE_BYTES,
    "foreign",
    "native",
    "c++",
    "none",
    "0",
    "",
    "none",
    nullptr,
    nullptr,
    0,
    0,
};

} // namespace

extern "C" [[gnu::visibility("default")]] const dispatchbench::BackendLibrary*
dispatchbench_library() noexcept {
  return &library;
}
