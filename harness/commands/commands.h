// The commands of `dispatchbench`. Each returns the process's exit code, and throws Failure or UsageError.
#pragma once

#include "options.h"
#include "verification.h"

#include <vector>

namespace dispatchbench {

int list_command(const Options& options);
int verify_command(const Options& options);
int run_command(const Options& options);
int profile_command(const Options& options);
int compare_command(const Options& options);

/// Hidden: runs one row once, untimed, for tools that count instructions from outside.
int run_once_command(const Options& options);

/// Hidden: measures rows of one library in this process and writes them to a pipe; `run` starts it.
int measure_command(const Options& options);

/// The workloads that the options name: the user's ROM, or the filtered ones of the tree.
std::vector<Workload> selected_workloads(const Options& options);

/// The libraries that the options name, or the one beside this program. Throws Failure if there is none.
std::vector<LibraryFile> selected_libraries(const Options& options);

/// The reference's run of each selected workload.
std::vector<ReferenceRun> selected_references(const Options& options);

} // namespace dispatchbench
