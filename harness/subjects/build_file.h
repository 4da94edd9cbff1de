// What it took to build a library: LIBRARY.build.json beside it, which tools/libraries writes.
#pragma once

#include "subjects/library.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace dispatchbench {

/// A library's compiler, its packages, and the time and memory that each backend took to compile.
struct BuildFile {
  nlohmann::ordered_json content; ///< As the file has it; null if there is none or it can't be used.
  std::string problem;            ///< Why it can't be used, with what to do; empty if it can, or isn't there.
};

/// The build file of `library`. Never throws: a library is measured without one, too.
BuildFile read_build(const LibraryDescription& library);

/// What `content` says, in a line: "clang-21 of 2025-08-26, backends compiled in 38.2 s, in processes of at
/// most 412 MB; packages clang-21 1:21.1.8-1".
std::string build_in_words(const nlohmann::ordered_json& content);

/// As to_json, with the content of the library's build file as the field `build`.
nlohmann::ordered_json json_with_build(const LibraryDescription& library);

/// The problems of the libraries' build files.
std::vector<std::string> build_problems(const std::vector<LibraryDescription>& libraries);

} // namespace dispatchbench
