// Replaces isa/execute_wrapping.cpp in the library of variants, which only run programs that never wrap
// around.
#include "abi.h"

#include <cstdlib>

namespace dispatchbench {

[[gnu::cold]] void execute_wrapping(Machine*) noexcept { std::abort(); }

} // namespace dispatchbench
