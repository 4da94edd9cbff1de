#include "commands/selection.h"

#include "sampling/sampler.h"
#include "subjects/program_output.h"
#include "system/affinity.h"
#include "system/errors.h"
#include "system/files.h"
#include "system/processors.h"
#include "system/terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <random>
#include <utility>

namespace dispatchbench {

namespace fs = std::filesystem;

namespace {

/// The bytes of --input: each is a vector to run, so more than this can't be meant.
std::string read_input(const fs::path& path) {
  constexpr std::size_t most_bytes = 16U << 20U;
  std::string bytes = read_file(path, "the program's console input", most_bytes);
  if (bytes.size() > most_bytes)
    throw Failure(fmt::format("{}: has more than {} bytes; expected the program's console input, of which "
                              "each byte is a vector to run",
                              path.string(), most_bytes));
  return bytes;
}

} // namespace

std::vector<Workload> selected_workloads(const Options& options) {
  if (options.rom.empty()) {
    for (const auto& [option, is_given] :
         {std::pair{"--input", !options.input.empty()}, std::pair{"--arg", !options.arguments.empty()},
          std::pair{"--frames", options.frames.has_value()}})
      if (is_given)
        throw UsageError(fmt::format("{} goes with --rom: a workload brings its own input", option));
    return read_workloads(options.workloads_folder, options.workload_filter);
  }
  if (!options.workload_filter.empty())
    throw UsageError("--rom and --workload can't be combined: choose one");
  ProgramInput input{"", options.arguments, options.frames.value_or(default_frames)};
  if (!options.input.empty()) input.console = read_input(options.input);
  return {read_rom(options.rom, std::move(input))};
}

std::vector<ReferenceRun> selected_references(const Options& options) {
  std::vector<ReferenceRun> references;
  for (const Workload& workload : selected_workloads(options))
    references.push_back(run_reference(workload, options.max_instructions));
  return references;
}

std::optional<ProgramOutputFiles> output_files(const Options& options, std::size_t programs) {
  if (options.output_file.empty()) return std::nullopt;
  if (programs != 1)
    throw UsageError(
        fmt::format("--output-file {}: {} programs are selected; expected one, as --rom or --workload "
                    "can name it",
                    options.output_file.string(), programs));
  return ProgramOutputFiles(options.output_file);
}

void show_program_output(const Options& options, const std::optional<ProgramOutputFiles>& files,
                         const ReferenceRun& run) {
  const Devices& devices = run.final_state->devices();
  if (options.show_output && !options.json) fmt::print("{}", shown_output(devices));
  if (files) files->write(devices);
}

void print_warnings(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) say("warning: " + warning);
}

fs::path built_library() {
  const fs::path beside = own_path().parent_path() / "dispatchbench_backends.so";
  if (std::error_code error; !fs::exists(beside, error))
    throw Failure(fmt::format(
        "{}: isn't there; expected the backend library that is built beside this program. Build it "
        "(cmake --build --preset clang) or name one with --library LABEL=PATH",
        beside.string()));
  return beside;
}

std::vector<LibraryFile> selected_library_files(const Options& options) {
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
  return files;
}

std::vector<LibraryDescription> selected_libraries(const Options& options) {
  return describe_libraries(selected_library_files(options));
}

BackendChoice usual_backends(const Options& options) {
  return {options.backend_filter, options.all ? Unnamed::all : Unnamed::usual};
}

int selected_cpu(const Options& options) {
  if (options.no_pin) return -1;
  const std::vector<int> allowed = allowed_processors().processors;
  if (!options.cpu) return default_processor(processor_kinds("/"), allowed);
  if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), *options.cpu) == allowed.end())
    throw UsageError(
        fmt::format("--cpu {}: this process may not run on such a processor; expected one of {}, or "
                    "--no-pin",
                    *options.cpu, processor_list(allowed)));
  return *options.cpu;
}

std::string why_not_pinned(const Options& options, int cpu) {
  if (options.no_pin) return "";
  return cpu < 0 ? allowed_processors().problem : pin_problem(cpu);
}

std::uint64_t selected_seed(const Options& options) {
  return options.seed != 0 ? options.seed : std::random_device{}();
}

} // namespace dispatchbench
