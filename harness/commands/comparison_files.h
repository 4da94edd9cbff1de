// What `compare` writes and prints.
#pragma once

#include "commands/options.h"
#include "comparing/report.h"
#include "system/output_file.h"

#include <functional>
#include <optional>
#include <string>

namespace dispatchbench {

/// The files that a comparison writes.
class ComparisonFiles {
public:
  /// Throws Failure if one can't be written, UsageError if two are the same.
  explicit ComparisonFiles(const ComparisonOptions& asked);

  void write_output(const std::string& text) { write(output_, text); }
  void write_markdown(const std::string& text) { write(markdown_, text); }
  void write_junit(const std::string& text) { write(junit_, text); }
  /// Writes the floor, which is one more of them.
  void write(const std::function<void()>& writes);

  /// Throws Failure if something couldn't be written: when everything else has been done.
  void check_written() const;

private:
  void write(const std::optional<OutputFile>& file, const std::string& text);

  std::optional<OutputFile> output_, markdown_, junit_;
  std::string problems_;
};

/// Writes the files, and prints what is asked for.
void write_outputs(const ComparisonReport& report, const Options& options, ComparisonFiles& files,
                   bool prints_table = true);

} // namespace dispatchbench
