// What is said of a command line that CLI11 can't understand.
#pragma once

#include "system/errors.h"

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace dispatchbench {

/// The error in words that name the option, what was found and what was expected. `words` is the command
/// line that `app` parsed.
UsageError usage_error(const CLI::ParseError& error, const CLI::App& app,
                       const std::vector<std::string>& words);

} // namespace dispatchbench
