// Stands in for isa/execute_wrapping.cpp in libraries of variants: what they run never wraps around.
#include "abi.h"

#include <cstdlib>

namespace dispatchbench {

[[gnu::cold]] void execute_wrapping(Machine*) noexcept { std::abort(); }

} // namespace dispatchbench
