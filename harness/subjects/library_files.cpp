#include "subjects/library_files.h"

#include "system/errors.h"
#include "system/files.h"
#include "system/json_text.h"
#include "system/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace dispatchbench {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr const char* list_name = "libraries.json";

/// A word of a command; one that names a file of the folder becomes its path.
std::string in_folder(const fs::path& folder, const std::string& word) {
  const fs::path path = folder / word;
  std::error_code error;
  return !word.empty() && fs::is_regular_file(path, error) ? fs::absolute(path).string() : word;
}

/// The libraries that FOLDER/libraries.json lists.
std::vector<LibraryFile> listed_libraries(const fs::path& folder) {
  const fs::path list = folder / list_name;
  std::vector<LibraryFile> files;
  try {
    const ordered_json document =
        parse_json(read_file(list, "a list of libraries"), list, "isn't a list of libraries");
    if (document.at("schema") != 1)
      throw Failure(fmt::format("{}: field schema is {}; expected 1, which this version reads", list.string(),
                                described(document.at("schema"))));
    for (const ordered_json& entry : document.at("libraries")) {
      LibraryFile file{
          entry.value("label", std::string()), folder / entry.at("file").get<std::string>(), {}, {}};
      if (const auto at = entry.find("layout_of"); at != entry.end() && !at->is_null())
        file.layout_of = at->get<std::string>();
      if (const auto at = entry.find("host"); at != entry.end())
        for (const ordered_json& word : *at) file.host.push_back(in_folder(folder, word));
      files.push_back(std::move(file));
    }
  } catch (const ordered_json::exception& error) {
    throw Failure(fmt::format("{}: isn't a list of libraries: {}; expected {{\"schema\": 1, \"libraries\": "
                              "[{{\"file\": ..., \"label\": ..., \"layout_of\": ..., \"host\": [...]}}]}}",
                              list.string(), reason_of(error)));
  }
  return files;
}

/// What a folder holds. Throws Failure if that can't be read.
std::vector<fs::path> entries_of(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder, error)) paths.push_back(entry.path());
  if (error)
    throw Failure(fmt::format("{}: can't be read: {}; expected a folder of backend libraries",
                              folder.string(), error.message()));
  return paths;
}

void add_shared_objects(const fs::path& folder, std::vector<LibraryFile>& files) {
  for (const fs::path& path : entries_of(folder))
    if (path.extension() == ".so") files.push_back({"", path, {}, {}});
}

std::vector<LibraryFile> libraries_in(const fs::path& folder) {
  if (std::error_code error; fs::exists(folder / list_name, error)) return listed_libraries(folder);
  std::vector<LibraryFile> files;
  add_shared_objects(folder, files);
  std::error_code error;
  for (const fs::path& path : entries_of(folder))
    if (fs::is_directory(path, error)) add_shared_objects(path, files);
  std::sort(files.begin(), files.end(),
            [](const LibraryFile& a, const LibraryFile& b) { return a.path < b.path; });
  return files;
}

} // namespace

LabelledPath parse_labelled_path(const std::string& argument, const std::string& option) {
  const auto equals = argument.find('=');
  LabelledPath result = equals == std::string::npos
                            ? LabelledPath{"", argument}
                            : LabelledPath{argument.substr(0, equals), argument.substr(equals + 1)};
  if (equals == 0 || result.path.empty())
    throw UsageError(fmt::format("{} {}: expected LABEL=PATH or PATH", option, argument));
  if (!result.label.empty() && !is_part_of_a_row_name(result.label))
    throw UsageError(fmt::format("{} {}: the label \"{}\" has a slash, a space or a control character, or "
                                 "isn't UTF-8; a row is named workload/backend/label, so choose one without",
                                 option, as_one_line(argument), as_one_line(result.label)));
  return result;
}

std::vector<LibraryFile> libraries_at(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error))
    throw Failure(fmt::format(
        "{}: can't be loaded: {}; expected a backend library, as a build, tools/libraries or tools/layouts "
        "makes it, or a folder of them{}",
        path.string(), error ? error.message() : "it isn't there",
        path.has_parent_path() || path.has_extension()
            ? ""
            : ". Two backends of one library are compared with --base-backend and "
              "--head-backend"));
  if (!is_utf8(fs::absolute(path).string()))
    throw Failure(
        fmt::format("{}: its path isn't UTF-8, as the sampling protocol's JSON has to be; make a link "
                    "to it whose path is",
                    path.string()));
  if (!fs::is_directory(path, error)) {
    if (!fs::is_regular_file(path, error))
      throw Failure(fmt::format("{}: is {}; expected a backend library, or a folder of them", path.string(),
                                kind_of_file(path)));
    return {{"", path, {}, {}}};
  }
  std::vector<LibraryFile> files = libraries_in(path);
  if (files.empty())
    throw Failure(fmt::format("{}: has no backend library; expected *.so files, as a build or tools/layouts "
                              "makes them, or a {}",
                              path.string(), list_name));
  return files;
}

} // namespace dispatchbench
