#include "commands/selection.h"

#include "sampling/sampler.h"
#include "subjects/library_files.h"
#include "system/environment.h"
#include "system/errors.h"

#include <fmt/format.h>

#include <random>

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

std::vector<ReferenceRun> selected_references(const Options& options) {
  std::vector<ReferenceRun> references;
  for (const Workload& workload : selected_workloads(options))
    references.push_back(run_reference(workload, options.max_instructions));
  return references;
}

fs::path built_library() {
  const fs::path beside = fs::read_symlink("/proc/self/exe").parent_path() / "dispatchbench_backends.so";
  if (!fs::exists(beside))
    throw Failure(fmt::format(
        "{}: isn't there; expected the backend library that is built beside this program. Build it "
        "(cmake --build --preset clang) or name one with --library LABEL=PATH",
        beside.string()));
  return beside;
}

std::vector<LibraryDescription> selected_libraries(const Options& options) {
  std::vector<LibraryFile> files;
  for (const std::string& argument : options.libraries) {
    const LabelledPath named = parse_labelled_path(argument, "--library");
    std::vector<LibraryFile> found = libraries_at(named.path);
    if (!named.label.empty()) {
      if (found.size() > 1)
        throw UsageError(
            fmt::format("--library {}: a folder of {} libraries, which have labels of their own; "
                        "give the folder without a label",
                        argument, found.size()));
      found.front().label = named.label;
    }
    for (LibraryFile& file : found) files.push_back(std::move(file));
  }
  if (files.empty()) files.push_back({"", built_library(), {}, {}});
  return describe_libraries(files);
}

int selected_cpu(const Options& options) {
  if (options.no_pin) return -1;
  return options.cpu >= 0 ? options.cpu : last_allowed_cpu();
}

std::uint64_t selected_seed(const Options& options) {
  return options.seed != 0 ? options.seed : std::random_device{}();
}

} // namespace dispatchbench
