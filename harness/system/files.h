// Files that are read whole.
#pragma once

#include <cstddef>
#include <filesystem>
#include <limits>
#include <string>

namespace dispatchbench {

/// The bytes of `path`, of a longer file only the first `most_bytes` and one more. Throws Failure, saying
/// that `expected` was expected, if it can't be read or isn't a regular file: a device or FIFO might never
/// end.
std::string read_file(const std::filesystem::path& path, const std::string& expected,
                      std::size_t most_bytes = std::numeric_limits<std::size_t>::max() - 1);

/// What is at `path`, symbolic links followed, for messages: "a folder", "a FIFO", "a file"; "nothing" if
/// that can't be known.
const char* kind_of_file(const std::filesystem::path& path);

/// This program's own file. Throws Failure where the system can't say it.
std::filesystem::path own_path();

} // namespace dispatchbench
