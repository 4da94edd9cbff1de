#include "subjects/program_output.h"

#include "system/hex.h"
#include "system/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace dispatchbench {
namespace {

constexpr std::size_t most_shown_lines = 20;
constexpr std::size_t most_shown_bytes = 2'000;

std::string bytes_in_words(std::size_t bytes) {
  return fmt::format("{} byte{}", bytes, bytes == 1 ? "" : "s");
}

/// The first lines and bytes of `bytes`.
std::string_view cut(std::string_view bytes) {
  std::size_t end = 0;
  for (std::size_t line = 0; line < most_shown_lines && end < bytes.size(); ++line)
    end = std::min(bytes.find('\n', end), bytes.size() - 1) + 1;
  return bytes.substr(0, std::min(end, most_shown_bytes));
}

std::string shown(std::string_view title, std::string_view bytes) {
  if (bytes.empty()) return "";
  const std::string_view kept = cut(bytes);
  std::string text = fmt::format("{}:\n", title);
  std::string lines = as_printable(kept);
  if (!lines.ends_with('\n')) lines += '\n';
  for (std::size_t start = 0; start < lines.size();) {
    const std::size_t end = lines.find('\n', start) + 1;
    text += "  | " + lines.substr(start, end - start);
    start = end;
  }
  if (kept.size() < bytes.size())
    text += fmt::format("  and {} more; --output-file FILE writes all of it\n",
                        bytes_in_words(bytes.size() - kept.size()));
  return text;
}

void add(nlohmann::ordered_json& object, const std::string& name, std::string_view bytes,
         std::size_t most_bytes) {
  const std::string_view kept = bytes.substr(0, most_bytes);
  object[name] = as_utf8(kept);
  object[name + "_bytes"] = bytes.size();
  if (is_utf8(kept)) return;
  object[name + "_hex"] = to_hex(kept);
}

} // namespace

std::string ending_in_words(const Devices& devices) {
  std::string text =
      fmt::format("exit code {}, {} of output", devices.exit_code, bytes_in_words(devices.output.size()));
  if (!devices.error.empty())
    text += fmt::format(", {} of error output", bytes_in_words(devices.error.size()));
  return text;
}

std::string shown_output(const Devices& devices) {
  return shown("output", devices.output) + shown("error output", devices.error);
}

nlohmann::ordered_json output_json(const Devices& devices, std::size_t most_bytes) {
  nlohmann::ordered_json object{{"exit_code", devices.exit_code}};
  add(object, "output", devices.output, most_bytes);
  add(object, "error", devices.error, most_bytes);
  return object;
}

ProgramOutputFiles::ProgramOutputFiles(const std::filesystem::path& file) : output_(file, "--output-file") {
  if (!output_.is_stream()) error_.emplace(std::filesystem::path(file).concat(".error"), "--output-file");
}

void ProgramOutputFiles::write(const Devices& devices) const {
  output_.write(devices.output);
  if (!devices.error.empty()) (error_ ? *error_ : output_).write(devices.error);
}

} // namespace dispatchbench
