// What a program does that has no effect here, so that its run may not be what its user takes it for.
#pragma once

#include "subjects/reference_run.h"

#include <string>
#include <vector>

namespace dispatchbench {

/// Warnings about a program, each with its remedy: it uses ports whose device doesn't exist here (in a weaker
/// tone if none of them would answer), sets a vector that is never delivered, or doesn't take the input that
/// it is given.
std::vector<std::string> program_warnings(const ReferenceRun& run);

/// The same of all programs.
std::vector<std::string> program_warnings(const std::vector<ReferenceRun>& runs);

} // namespace dispatchbench
