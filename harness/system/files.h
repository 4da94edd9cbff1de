// Files that are read whole and written whole.
#pragma once

#include <filesystem>
#include <string>

namespace dispatchbench {

/// All bytes of `path`. Throws Failure, saying that `expected` was expected, if it is a folder or can't be
/// read.
std::string read_file(const std::filesystem::path& path, const std::string& expected);

/// Throws Failure if `path` can't be written later on: asked before minutes of measuring. `option` is what
/// names the file.
void check_writable(const std::filesystem::path& path, const std::string& option = "--output");

/// Writes to a temporary file in the same folder and renames it, so that `path` is whole or untouched. Throws
/// Failure.
void write_atomically(const std::filesystem::path& path, const std::string& text,
                      const std::string& option = "--output");

} // namespace dispatchbench
