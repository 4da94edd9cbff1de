// The options of the command line in groups that several commands share.
#pragma once

#include "commands/options.h"

#include <CLI/CLI.hpp>

namespace dispatchbench {

/// --workload and the folder it chooses from.
void add_workload_filter(CLI::App& command, Options& options);

/// What chooses libraries and their backends.
void add_libraries(CLI::App& command, Options& options);

/// For commands that leave backends out which are measured on request only.
void add_all(CLI::App& command, Options& options);

/// What ratios are relative to.
void add_baseline(CLI::App& command, Options& options);

/// What chooses programs to run: workloads, or one of the user's.
void add_programs(CLI::App& command, Options& options);

/// What becomes of a program's output.
void add_output(CLI::App& command, Options& options);

/// How backends are checked before anything is timed.
void add_checking(CLI::App& command, Options& options);

/// How much is measured, in which order and where; `fast` and `rigorous` describe these two options.
void add_conditions(CLI::App& command, Options& options, const char* fast, const char* rigorous);

/// In which order and where something is measured.
void add_placement(CLI::App& command, Options& options);

/// What `cold` measures, and where it writes that.
void add_cold_measuring(CLI::App& command, Options& options);

/// What `run` measures, and where it writes that.
void add_measuring(CLI::App& command, Options& options);

/// What `compare` alone takes.
void add_comparison(CLI::App& command, ComparisonOptions& options);

} // namespace dispatchbench
