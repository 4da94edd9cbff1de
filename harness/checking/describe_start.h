// A start state in a line, for the message of a failing test.
#pragma once

#include "machine/machine_state.h"

#include <string>

namespace dispatchbench {

/// The instruction at the pc, the stacks below their pointers and the pointers: what one needs to see why an
/// instruction went wrong.
std::string describe_start(const MachineState& start);

} // namespace dispatchbench
