// Which libraries a command-line argument names: a file, or all of a folder.
#pragma once

#include "subjects/library.h"

#include <filesystem>
#include <string>
#include <vector>

namespace dispatchbench {

/// LABEL=PATH or PATH, taken apart.
struct LabelledPath {
  std::string label; ///< Empty if only a path was given.
  std::filesystem::path path;
};

/// Parses the value of `option`. Throws UsageError.
LabelledPath parse_labelled_path(const std::string& argument, const std::string& option);

/// The libraries at `path`: the file itself, or those of a folder in order of their names. A folder's
/// libraries.json says which they are, their labels, layouts and hosts (commands, whose words may name files
/// of the folder); without one they are the *.so files in it and in its direct subfolders. Throws Failure,
/// naming the file and the field, if there is none.
std::vector<LibraryFile> libraries_at(const std::filesystem::path& path);

} // namespace dispatchbench
