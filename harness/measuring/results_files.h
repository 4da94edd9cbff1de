// Where a measurement's results go.
#pragma once

#include "system/output_file.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace dispatchbench {

/// results.json and, beside it, results.ci.json; a device or FIFO gets the first alone.
class ResultsFiles {
public:
  /// Throws Failure if they can't be written.
  explicit ResultsFiles(const std::filesystem::path& output);

  /// Writes both. Returns what went wrong, and where the results are instead; empty if nothing did.
  std::string write(const nlohmann::ordered_json& results) const;

  /// Where they are, for people.
  std::string in_words() const;

private:
  OutputFile complete_;
  std::optional<OutputFile> short_;
};

} // namespace dispatchbench
