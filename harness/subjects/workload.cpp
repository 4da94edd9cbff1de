#include "subjects/workload.h"

#include "abi.h"
#include "subjects/name_filter.h"
#include "system/errors.h"
#include "system/files.h"
#include "system/json_text.h"
#include "system/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

namespace dispatchbench {
namespace {

namespace fs = std::filesystem;
using json = nlohmann::ordered_json;

constexpr int most_frames = 1'000'000;
constexpr int highest_exit_code = 127;
constexpr const char* byte_string = "a string of code points U+0000 to U+00FF, one per byte";

std::vector<std::uint8_t> read_rom_bytes(const fs::path& path) {
  const std::string bytes = read_file(path, "an assembled Uxn ROM", rom_bytes_max);
  fs::path rom = fs::path(path).replace_extension(".rom");
  if (bytes.empty())
    throw Failure(
        fmt::format("{}: is empty; expected a ROM of 1 to {} bytes, as tools/assemble FILE.tal -o {} makes "
                    "of a source",
                    path.string(), rom_bytes_max, rom.string()));
  if (rom == path) rom.concat(".rom");
  // Hardly a program is text: it would have neither BRK nor an 8-bit literal.
  if (is_text(bytes))
    throw Failure(fmt::format("{}: is text, not a ROM; expected an assembled program. If it is Uxntal, "
                              "assemble it first: tools/assemble {} -o {}",
                              path.string(), path.string(), rom.string()));
  if (bytes.size() > rom_bytes_max)
    throw Failure(fmt::format(
        "{}: has {} bytes; expected a ROM of 1 to {} bytes, since it is loaded at {:#06x} of 64 KiB",
        path.string(), fs::file_size(path), rom_bytes_max, rom_address));
  return {bytes.begin(), bytes.end()};
}

/// One field of a workload.json, with errors that name it.
template <class Value>
Value field(const json& object, const fs::path& file, const char* name, const char* expected) {
  const auto at = object.find(name);
  if (at == object.end())
    throw Failure(fmt::format("{}: field \"{}\" is missing; expected {}", file.string(), name, expected));
  const auto refuse = [&] {
    throw Failure(
        fmt::format("{}: field \"{}\" is {}; expected {}", file.string(), name, described(*at), expected));
  };
  // A number is converted from any other number; anything else has to have the right type.
  if constexpr (std::is_integral_v<Value>)
    if (!at->is_number_unsigned() ||
        at->template get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<Value>::max()))
      refuse();
  try {
    return at->template get<Value>();
  } catch (const json::exception&) {
    refuse();
    throw;
  }
}

/// A whole number from 0 to `highest`.
int number_field(const json& object, const fs::path& file, const char* name, int highest) {
  const std::string expected = fmt::format("a whole number from 0 to {}", highest);
  const int number = field<int>(object, file, name, expected.c_str());
  if (number > highest)
    throw Failure(fmt::format("{}: field \"{}\" is {}; expected {}", file.string(), name, number, expected));
  return number;
}

/// A line of text, for tables.
std::string line_field(const json& object, const fs::path& file, const char* name, const char* expected) {
  return as_one_line(field<std::string>(object, file, name, expected));
}

/// The bytes that a string of code points U+0000 to U+00FF stands for.
std::string bytes_of(const std::string& text, const fs::path& file, const char* name) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      bytes.push_back(text[i]);
    } else if (lead == 0xc2 || lead == 0xc3) { // The two lead bytes that UTF-8 has for U+0080 to U+00FF.
      bytes.push_back(static_cast<char>((lead & 3) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3f)));
    } else {
      throw Failure(fmt::format("{}: field \"{}\" has a character above U+00FF; expected {}", file.string(),
                                name, byte_string));
    }
  }
  return bytes;
}

std::string bytes_field(const json& object, const fs::path& file, const char* name) {
  return bytes_of(field<std::string>(object, file, name, byte_string), file, name);
}

std::vector<std::string> arguments_field(const json& object, const fs::path& file) {
  auto arguments = field<std::vector<std::string>>(object, file, "arguments", "a list of strings");
  for (std::string& argument : arguments) argument = bytes_of(argument, file, "arguments");
  return arguments;
}

/// Throws Failure for a field that nothing reads, such as a misspelt optional one.
void check_field_names(const json& object, const fs::path& file) {
  static const std::set<std::string> known{"schema",         "name",
                                           "summary",        "why",
                                           "input",          "arguments",
                                           "frames",         "expected_output",
                                           "expected_error", "expected_exit_code",
                                           "instructions"};
  for (const auto& [name, value] : object.items())
    if (!known.contains(name))
      throw Failure(fmt::format("{}: field {} is none that a workload has; expected those of "
                                "workloads/workload.schema.json: {}",
                                file.string(), described(name), fmt::join(known, ", ")));
}

} // namespace

Workload read_workload(const fs::path& folder) {
  const fs::path file = folder / "workload.json";
  const json object = parse_json(read_file(file, "a workload's description"), file);
  if (!object.is_object())
    throw Failure(fmt::format("{}: is {}; expected an object", file.string(), described(object)));
  if (const auto schema = field<int>(object, file, "schema", "1"); schema != 1)
    throw Failure(fmt::format("{}: field \"schema\" is {}; expected 1, which this version reads",
                              file.string(), schema));
  check_field_names(object, file);

  Workload workload;
  workload.name = field<std::string>(object, file, "name", "the folder's name");
  if (const std::string expected = fs::path(folder).filename().string(); workload.name != expected)
    throw Failure(fmt::format("{}: field \"name\" is {}; expected the folder's name, \"{}\"", file.string(),
                              described(workload.name), expected));
  if (!is_part_of_a_row_name(workload.name))
    throw Failure(fmt::format("{}: field \"name\" is {}; expected a name without slash, space and control "
                              "characters, since a row is named workload/backend/label",
                              file.string(), described(workload.name)));
  workload.summary = line_field(object, file, "summary", "one line of text");
  workload.why = line_field(object, file, "why", "what dispatch behaviour the workload stresses");
  workload.input.console = bytes_field(object, file, "input");
  if (object.contains("arguments")) workload.input.arguments = arguments_field(object, file);
  if (object.contains("frames")) workload.input.frames = number_field(object, file, "frames", most_frames);
  workload.expected_output = bytes_field(object, file, "expected_output");
  workload.expected_error = bytes_field(object, file, "expected_error");
  workload.expected_exit_code = number_field(object, file, "expected_exit_code", highest_exit_code);
  workload.instructions = field<std::uint64_t>(object, file, "instructions", "the number of VM instructions");
  if (workload.instructions == 0)
    throw Failure(fmt::format(
        "{}: field \"instructions\" is 0; expected the number of VM instructions of one run, which "
        "`dispatchbench profile` prints",
        file.string()));
  workload.rom = read_rom_bytes(folder / (workload.name + ".rom"));
  return workload;
}

std::vector<Workload> read_workloads(const fs::path& folder, const std::string& filter) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    throw Failure(fmt::format("{}: is {}; expected the folder of workloads (--workloads)", folder.string(),
                              fs::exists(folder, error) ? "no folder" : "not there"));
  const NameFilter wanted("--workload", filter);
  std::set<std::string> names; // A folder has its entries in the order of the file system.
  const fs::directory_iterator entries(folder, error);
  if (error)
    throw Failure(fmt::format("{}: can't be read: {}; expected the folder of workloads (--workloads)",
                              folder.string(), error.message()));
  for (const auto& entry : entries)
    if (fs::exists(entry.path() / "workload.json", error)) names.insert(entry.path().filename().string());
  if (names.empty())
    throw Failure(fmt::format("{}: has no folder with a workload.json; expected at least one workload",
                              folder.string()));
  std::vector<Workload> workloads;
  for (const std::string& name : names)
    if (wanted.matches(name)) workloads.push_back(read_workload(folder / name));
  if (workloads.empty())
    throw UsageError(fmt::format("--workload {}: matches none of the workloads; {}; there are: {}", filter,
                                 whole_names_hint, fmt::join(names, " ")));
  return workloads;
}

Workload read_rom(const fs::path& rom, ProgramInput input) {
  Workload workload;
  workload.name = as_one_line(rom.stem().string());
  workload.summary = as_one_line("user's ROM " + rom.string());
  workload.rom = read_rom_bytes(rom);
  workload.input = std::move(input);
  workload.has_expectation = false;
  return workload;
}

} // namespace dispatchbench
