// Backend libraries: shared objects loaded by path, in child processes only.
#pragma once

#include "abi.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace dispatchbench {

/// A library as named on the command line: LABEL=PATH.
struct LibraryFile {
  std::string label; ///< Third part of a row's name; empty until described, if only a path was given.
  std::filesystem::path path;
};

/// What a library says of itself, read in a child process so that it isn't loaded here.
struct LibraryDescription {
  struct BackendDescription {
    std::string name, dispatch, summary, expected;
  };
  struct Unavailable {
    std::string name, reason;
  };
  std::string label;
  std::filesystem::path path;
  std::string compiler, compiler_version, flags, target;
  std::vector<BackendDescription> backends;
  std::vector<Unavailable> unavailable;
};

/// For `list --json` and the context of results.json.
nlohmann::ordered_json to_json(const LibraryDescription& library);

/// Parses LABEL=PATH or PATH, the value of `option`. Throws UsageError.
LibraryFile parse_library(const std::string& argument, const std::string& option = "--library");

/// Describes a library. Throws Failure, naming the file, if it can't be loaded, exports no
/// `dispatchbench_library`, or has another ABI version.
LibraryDescription describe_library(const LibraryFile& file);

/// Describes all; labels must differ (UsageError).
std::vector<LibraryDescription> describe_libraries(const std::vector<LibraryFile>& files);

/// Loads a library into this process, for good: call it in a child only. Throws Failure as
/// `describe_library`.
const BackendLibrary& load_library(const std::filesystem::path& path);

/// The run function of the backend `name`. Throws Failure if the library has none.
RunFunction find_backend(const BackendLibrary& library, const std::string& name);

} // namespace dispatchbench
