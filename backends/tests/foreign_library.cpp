// A library as a later revision of this project might build it, to see that it is refused.
#include "backend.h"

namespace {

constexpr dispatchbench::BackendLibrary library{
    dispatchbench::abi_version + DISPATCHBENCH_LATER_VERSIONS,
    sizeof(dispatchbench::BackendLibrary),
    sizeof(dispatchbench::Backend),
    sizeof(dispatchbench::Machine) + DISPATCHBENCH_MORE_MACHINE_BYTES,
    "foreign",
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
