// `verify --json`: a verdict on each backend of each library.
#pragma once

#include "commands/options.h"

namespace dispatchbench {

/// Checks and verifies every backend and prints what that gave as JSON. A backend that crashes, hangs or is
/// wrong is a row like any other, and a library that can't be loaded is one with a `problem`. Returns the
/// exit code.
int verify_as_json(const Options& options);

} // namespace dispatchbench
