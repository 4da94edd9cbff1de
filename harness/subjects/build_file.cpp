#include "subjects/build_file.h"

#include "system/errors.h"
#include "system/files.h"
#include "system/json_text.h"
#include "system/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

namespace dispatchbench {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr int build_schema = 1;
constexpr std::size_t most_bytes = 1U << 20U;

/// The field `name` of an object that is called `of` in messages. Throws Failure if it isn't `expected`.
template <class IsExpected>
const ordered_json& field(const ordered_json& object, const std::string& of, const char* name,
                          const char* expected, const IsExpected& is_expected) {
  const std::string full = of.empty() ? name : fmt::format("{}.{}", of, name);
  const auto at = object.find(name);
  if (at == object.end()) throw Failure(fmt::format("field {} is missing; expected {}", full, expected));
  if (!is_expected(*at))
    throw Failure(fmt::format("field {} is {}; expected {}", full, described(*at), expected));
  return *at;
}

bool is_string(const ordered_json& value) { return value.is_string(); }
bool is_string_or_null(const ordered_json& value) { return value.is_null() || value.is_string(); }
bool is_object(const ordered_json& value) { return value.is_object(); }
bool is_object_or_null(const ordered_json& value) { return value.is_null() || value.is_object(); }
bool is_seconds(const ordered_json& value) { return value.is_number() && value.get<double>() >= 0; }
bool is_bytes(const ordered_json& value) { return value.is_number_unsigned(); }

/// Throws Failure unless the library has every backend that was compiled, or says why it hasn't.
void check_backends(const ordered_json& document, const LibraryDescription& library) {
  std::set<std::string> names;
  const ordered_json& backends = field(document, "", "backends", "a list of what each backend took",
                                       [](const ordered_json& value) { return value.is_array(); });
  for (std::size_t i = 0; i < backends.size(); ++i) {
    const std::string of = fmt::format("backends[{}]", i);
    const ordered_json& backend = backends[i];
    if (!backend.is_object())
      throw Failure(fmt::format("field {} is {}; expected an object", of, described(backend)));
    const std::string name = field(backend, of, "name", "a backend's name", is_string);
    field(backend, of, "compile_seconds", "a number of seconds", is_seconds);
    field(backend, of, "compile_peak_bytes", "a number of bytes", is_bytes);
    const bool is_known =
        library.find(name) != nullptr ||
        std::any_of(library.unavailable.begin(), library.unavailable.end(),
                    [&](const LibraryDescription::Unavailable& other) { return other.name == name; });
    if (!is_known)
      throw Failure(fmt::format("field {}.name is {}, a backend that the library hasn't; expected the file "
                                "of this very library",
                                of, described(backend["name"])));
    if (!names.insert(name).second)
      throw Failure(fmt::format("field {}.name is {}, as before; expected each backend once", of,
                                described(backend["name"])));
  }
}

/// Throws Failure unless `document` is what tools/libraries writes.
void check(const ordered_json& document, const LibraryDescription& library) {
  if (!document.is_object())
    throw Failure(fmt::format("it holds {}; expected an object", described(document)));
  field(document, "", "schema", "1, which this version reads",
        [](const ordered_json& value) { return value == build_schema; });
  field(document, "", "compiler_name", "a compiler's name", is_string);
  field(document, "", "compiler_released", "a date or null", is_string_or_null);
  for (const auto& [name, version] :
       field(document, "", "packages", "an object of versions by package", is_object).items())
    if (!version.is_string())
      throw Failure(
          fmt::format("field packages.{} is {}; expected a version", as_one_line(name), described(version)));
  const ordered_json& factors =
      field(document, "", "factors", "null, or an object of base, flags and label", is_object_or_null);
  if (factors.is_object())
    for (const char* const name : {"base", "flags", "label"})
      field(factors, "factors", name, "a text", is_string);
  check_backends(document, library);
}

fs::path build_file_of(const LibraryDescription& library) {
  return fs::path(library.file.path).replace_extension(".build.json");
}

} // namespace

BuildFile read_build(const LibraryDescription& library) {
  const fs::path path = build_file_of(library);
  std::error_code error;
  if (!fs::exists(path, error)) return {};
  try {
    const std::string text = read_file(path, "what it took to build the library", most_bytes);
    if (text.size() > most_bytes) throw Failure(fmt::format("it has more than {} bytes", most_bytes));
    BuildFile build{parse_json(text, path), {}};
    check(build.content, library);
    return build;
  } catch (const Failure& failure) {
    const std::string reason = failure.what();
    const std::string prefix = path.string() + ": ";
    return {{},
            fmt::format("{}: {}; so nothing is known of how the library was built. Build it with "
                        "tools/libraries again, or remove the file",
                        path.string(), reason.starts_with(prefix) ? reason.substr(prefix.size()) : reason)};
  }
}

std::string build_in_words(const ordered_json& content) {
  std::string text = content.at("compiler_name");
  if (const ordered_json& released = content.at("compiler_released"); released.is_string())
    text += fmt::format(" of {}", released.get<std::string>());
  double seconds = 0;
  double peak = 0;
  for (const ordered_json& backend : content.at("backends")) {
    seconds += backend.at("compile_seconds").get<double>();
    peak = std::max(peak, backend.at("compile_peak_bytes").get<double>());
  }
  text +=
      fmt::format(", backends compiled in {:.1f} s, in processes of at most {:.0f} MB", seconds, peak / 1e6);
  const ordered_json& packages = content.at("packages");
  constexpr std::size_t most_named = 3;
  std::size_t named = 0;
  for (const auto& [name, version] : packages.items()) {
    if (named == most_named) {
      text += fmt::format(" and {} more", packages.size() - most_named);
      break;
    }
    text += fmt::format("{} {} {}", named++ == 0 ? "; packages" : ",", name, version.get<std::string>());
  }
  return as_one_line(text);
}

ordered_json json_with_build(const LibraryDescription& library) {
  ordered_json object = to_json(library);
  object["build"] = read_build(library).content;
  return object;
}

std::vector<std::string> build_problems(const std::vector<LibraryDescription>& libraries) {
  std::vector<std::string> problems;
  for (const LibraryDescription& library : libraries)
    if (std::string problem = read_build(library).problem; !problem.empty())
      problems.push_back(std::move(problem));
  return problems;
}

} // namespace dispatchbench
