// asmjit's functions for debugging, without output. Debian's libasmjit.a isn't compiled for shared libraries,
// and its own are the only part that can't be linked into one, since they write to stderr.
#include <asmjit/asmjit.h>

#include <cstdlib>

ASMJIT_BEGIN_NAMESPACE
namespace DebugUtils {

const char* errorAsString(Error) noexcept { return ""; }
void debugOutput(const char*) noexcept {}
void assertionFailed(const char*, int, const char*) noexcept { std::abort(); }

} // namespace DebugUtils
ASMJIT_END_NAMESPACE
