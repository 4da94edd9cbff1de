#include "commands.h"
#include "errors.h"
#include "layouts.h"

#include <fmt/format.h>

namespace dispatchbench {

namespace fs = std::filesystem;

std::vector<Workload> selected_workloads(const Options& options) {
  if (options.rom.empty()) {
    if (!options.input.empty()) throw UsageError("--input goes with --rom: a workload brings its own input");
    return read_workloads(options.workloads_folder, options.workload_filter);
  }
  if (!options.workload_filter.empty())
    throw UsageError("--rom and --workload can't be combined: choose one");
  return {read_rom(options.rom, options.input)};
}

/// The library built beside this program.
static LibraryFile built_library() {
  const fs::path beside = fs::read_symlink("/proc/self/exe").parent_path() / "dispatchbench_backends.so";
  if (!fs::exists(beside))
    throw Failure(fmt::format(
        "{}: isn't there; expected the backend library that is built beside this program. Build it "
        "(cmake --build --preset clang) or name one with --library LABEL=PATH",
        beside.string()));
  return {"", beside};
}

std::vector<LibraryFile> selected_libraries(const Options& options) {
  std::vector<LibraryFile> files;
  for (const std::string& argument : options.libraries) files.push_back(parse_library(argument));
  if (files.empty()) files.push_back(built_library());
  for (const fs::path& folder : options.layouts)
    for (LibraryFile& layout : layout_files(folder)) files.push_back(std::move(layout));
  return files;
}

std::vector<ReferenceRun> selected_references(const Options& options) {
  std::vector<ReferenceRun> references;
  for (const Workload& workload : selected_workloads(options))
    references.push_back(run_reference(workload, options.max_instructions));
  return references;
}

} // namespace dispatchbench
