#include "subjects/library_files.h"

#include "system/errors.h"
#include "system/files.h"

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
    const ordered_json document = ordered_json::parse(read_file(list, "a list of libraries"));
    if (document.at("schema") != 1)
      throw Failure(fmt::format("{}: field schema is {}; expected 1, which this version reads", list.string(),
                                document.at("schema").dump()));
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
                              list.string(), error.what()));
  }
  return files;
}

void add_shared_objects(const fs::path& folder, std::vector<LibraryFile>& files) {
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".so") files.push_back({"", entry.path(), {}, {}});
}

std::vector<LibraryFile> libraries_in(const fs::path& folder) {
  if (fs::exists(folder / list_name)) return listed_libraries(folder);
  std::vector<LibraryFile> files;
  add_shared_objects(folder, files);
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.is_directory()) add_shared_objects(entry.path(), files);
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
  if (result.label.find_first_of("/ \t\n") != std::string::npos)
    throw UsageError(fmt::format("{} {}: the label \"{}\" has a slash or a space; a row is named "
                                 "workload/backend/label, so choose one without",
                                 option, argument, result.label));
  return result;
}

std::vector<LibraryFile> libraries_at(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return {{"", path, {}, {}}};
  std::vector<LibraryFile> files = libraries_in(path);
  if (files.empty())
    throw Failure(fmt::format("{}: has no backend library; expected *.so files, as a build or tools/layouts "
                              "makes them, or a {}",
                              path.string(), list_name));
  return files;
}

} // namespace dispatchbench
