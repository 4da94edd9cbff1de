// The commands of `dispatchbench`. Each returns the process's exit code, and throws Failure or UsageError.
#pragma once

#include "commands/options.h"

namespace dispatchbench {

int list_command(const Options& options);
int verify_command(const Options& options);
int run_command(const Options& options);
int cold_command(const Options& options);
int profile_command(const Options& options);
int compare_command(const Options& options);

/// Hidden: a native host, which answers the sampling protocol on standard input and output.
int serve_command(const Options& options);

} // namespace dispatchbench
