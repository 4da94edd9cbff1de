#include "commands/comparison_files.h"

#include "system/errors.h"
#include "system/json_text.h"

#include <fmt/format.h>

#include <cstdio>

namespace dispatchbench {

ComparisonFiles::ComparisonFiles(const ComparisonOptions& asked) {
  const auto open = [](std::optional<OutputFile>& file, const std::filesystem::path& path,
                       const char* option) {
    if (!path.empty()) file.emplace(path, option);
  };
  open(output_, asked.output, "--output");
  open(markdown_, asked.markdown, "--markdown");
  open(junit_, asked.junit, "--junit");
}

void ComparisonFiles::write(const std::function<void()>& writes) {
  try {
    writes();
  } catch (const Failure& failure) {
    problems_ += (problems_.empty() ? "" : "\n") + std::string(failure.what());
  }
}

void ComparisonFiles::check_written() const {
  if (!problems_.empty()) throw Failure(problems_);
}

void ComparisonFiles::write(const std::optional<OutputFile>& file, const std::string& text) {
  if (file) write([&] { file->write(text); });
}

void write_outputs(const ComparisonReport& report, const Options& options, ComparisonFiles& files,
                   bool prints_table) {
  const std::string json = json_text(comparison_json(report), 1) + '\n';
  files.write_output(json);
  files.write_markdown(comparison_markdown(report));
  files.write_junit(comparison_junit(report));
  if (options.json)
    fmt::print("{}", json);
  else if (!options.quiet && prints_table)
    fmt::print("{}", comparison_table(report));
  files.check_written();
}

} // namespace dispatchbench
