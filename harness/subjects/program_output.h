// What a program printed and how it ended, for people, for JSON and for a file.
#pragma once

#include "machine/devices.h"
#include "system/output_file.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <limits>
#include <optional>
#include <string>

namespace dispatchbench {

/// In a sentence: "exit code 3, 120 bytes of output, 4 bytes of error output".
std::string ending_in_words(const Devices& devices);

/// Output and error output, indented, each cut to its first 20 lines or 2,000 bytes; a cut says how much it
/// leaves out. Control characters are escaped. Empty if nothing was printed.
std::string shown_output(const Devices& devices);

/// `exit_code`, `output`, `error`, and the numbers of bytes of both. Both are text of the first `most_bytes`
/// bytes, in which bytes that aren't UTF-8 are written as \xNN; then `output_hex` or `error_hex` has them as
/// they are.
nlohmann::ordered_json output_json(const Devices& devices,
                                   std::size_t most_bytes = std::numeric_limits<std::size_t>::max());

/// Where the output goes, byte for byte: a file, and for error output, if there is any, the same name with
/// ".error". Of a device or a FIFO there is no such second name: it gets both.
class ProgramOutputFiles {
public:
  /// Throws Failure if they can't be written.
  explicit ProgramOutputFiles(const std::filesystem::path& file);
  void write(const Devices& devices) const;

private:
  OutputFile output_;
  std::optional<OutputFile> error_;
};

} // namespace dispatchbench
