// The native host's side of "check": runs a backend from given states, in memory that guard pages surround.
#pragma once

#include "abi.h"
#include "checking/case_format.h"

#include <functional>
#include <string>
#include <vector>

namespace dispatchbench {

/// Runs one vector from each start, in a machine that touches the inaccessible page behind each region and in
/// one that touches the page in front, and calls `answer` with the line that protocol.h says for each case.
/// An access outside ends the process.
void run_cases(const Backend& backend, const std::vector<CaseStart>& starts,
               const std::function<void(const std::string&)>& answer);

} // namespace dispatchbench
