// The two ways a command can fail, and what the process then returns.
#pragma once

#include <stdexcept>

namespace dispatchbench {

/// Exit codes of `dispatchbench`.
enum ExitCode { exit_fine = 0, exit_failure = 1, exit_usage = 2, exit_regression = 3 };

/// Something went wrong: a wrong result, a missing or malformed file. Exit code 1. The text names the file,
/// the field, what was found, what was expected and what to do next.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The command line asks for something that doesn't exist or can't be combined. Exit code 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

} // namespace dispatchbench
