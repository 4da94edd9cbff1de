#include "measuring/results_files.h"

#include "measuring/results.h"
#include "system/errors.h"
#include "system/json_text.h"
#include "system/text.h"

#include <fmt/format.h>

namespace dispatchbench {

ResultsFiles::ResultsFiles(const std::filesystem::path& output) : complete_(output, "--output") {
  if (!complete_.is_stream())
    short_.emplace(std::filesystem::path(output).replace_extension(".ci.json"), "--output");
}

std::string ResultsFiles::write(const nlohmann::ordered_json& results) const {
  std::string problems;
  const auto write_to = [&](const OutputFile& file, const nlohmann::ordered_json& document) {
    try {
      file.write(json_text(document, 1) + '\n');
    } catch (const Failure& failure) {
      problems += (problems.empty() ? "" : "\n") + std::string(failure.what());
    }
  };
  write_to(complete_, results);
  if (short_) write_to(*short_, ci_document(results));
  return problems;
}

std::string ResultsFiles::in_words() const {
  const std::string complete = as_one_line(complete_.path().string());
  if (!short_) return fmt::format("{} (every sample); a device or FIFO gets no short form.", complete);
  return fmt::format("{} (every sample) and {} (one median per row).", complete,
                     as_one_line(short_->path().string()));
}

} // namespace dispatchbench
