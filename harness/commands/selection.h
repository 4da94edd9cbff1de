// What the options that all commands share select: workloads and libraries.
#pragma once

#include "commands/options.h"
#include "subjects/backend_choice.h"
#include "subjects/library.h"
#include "subjects/library_files.h"
#include "subjects/program_output.h"
#include "subjects/reference_run.h"

#include <optional>
#include <vector>

namespace dispatchbench {

/// The workloads that the options name: the user's ROM, or the filtered ones of the tree.
std::vector<Workload> selected_workloads(const Options& options);

/// The reference's run of each of them.
std::vector<ReferenceRun> selected_references(const Options& options);

/// The files of --output-file; nothing if it isn't given. Throws UsageError if it is given for more than one
/// program, Failure if they can't be written.
std::optional<ProgramOutputFiles> output_files(const Options& options, std::size_t programs);

/// What --show-output prints of a program and --output-file keeps of it.
void show_program_output(const Options& options, const std::optional<ProgramOutputFiles>& files,
                         const ReferenceRun& run);

/// Prints warnings on standard error.
void print_warnings(const std::vector<std::string>& warnings);

/// The files of the libraries that the options name, or of the one beside this program. Throws Failure if
/// there is none.
std::vector<LibraryFile> selected_library_files(const Options& options);

/// The libraries that the options name, or the one beside this program; what they say of themselves. Throws
/// Failure if there is none or if one can't be loaded.
std::vector<LibraryDescription> selected_libraries(const Options& options);

/// The backends that `run` and `compare` take: what --backend matches, else all of them with --all, else all
/// but those on request.
BackendChoice usual_backends(const Options& options);

/// The library built beside this program. Throws Failure if it isn't there.
std::filesystem::path built_library();

/// The processor to pin to: the one asked for, or the last one allowed of the fastest kind; -1 with --no-pin
/// and where the system doesn't say which are allowed. Throws UsageError for one that this process may not
/// run on.
int selected_cpu(const Options& options);

/// Why a process can't be pinned to `cpu`, the selected processor; empty if it can, and with --no-pin.
std::string why_not_pinned(const Options& options, int cpu);

/// The seed asked for, or one drawn at random.
std::uint64_t selected_seed(const Options& options);

} // namespace dispatchbench
