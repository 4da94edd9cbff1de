#include "library.h"

#include "child_process.h"
#include "errors.h"
#include "layouts.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <set>
#include <span>
#include <string_view>

namespace dispatchbench {
namespace {

using nlohmann::json;
constexpr std::chrono::seconds load_time_out{20};

json describe(const BackendLibrary& library) {
  json backends = json::array();
  for (const Backend& backend : std::span(library.backends, library.backend_count))
    backends.push_back({{"name", backend.name},
                        {"dispatch", backend.dispatch},
                        {"summary", backend.summary},
                        {"expected", backend.expected}});
  json unavailable = json::array();
  for (const UnavailableBackend& backend : std::span(library.unavailable, library.unavailable_count))
    unavailable.push_back({{"name", backend.name}, {"reason", backend.reason}});
  return {{"label", library.label},
          {"compiler", library.compiler},
          {"compiler_version", library.compiler_version},
          {"flags", library.flags},
          {"target", library.target},
          {"backends", std::move(backends)},
          {"unavailable", std::move(unavailable)}};
}

} // namespace

nlohmann::ordered_json to_json(const LibraryDescription& library) {
  nlohmann::ordered_json object{{"label", library.label},
                                {"path", library.path.string()},
                                {"layout_of", nullptr},
                                {"compiler", library.compiler},
                                {"compiler_version", library.compiler_version},
                                {"flags", library.flags},
                                {"target", library.target},
                                {"backends", nlohmann::ordered_json::array()},
                                {"unavailable", nlohmann::ordered_json::array()}};
  if (const auto original = layout_of(library.label)) object["layout_of"] = *original;
  for (const auto& backend : library.backends)
    object["backends"].push_back(
        {{"name", backend.name}, {"dispatch", backend.dispatch}, {"summary", backend.summary}});
  for (const auto& backend : library.unavailable)
    object["unavailable"].push_back({{"name", backend.name}, {"reason", backend.reason}});
  return object;
}

LibraryFile parse_library(const std::string& argument, const std::string& option) {
  const auto equals = argument.find('=');
  LibraryFile file = equals == std::string::npos
                         ? LibraryFile{"", argument}
                         : LibraryFile{argument.substr(0, equals), argument.substr(equals + 1)};
  if (equals == 0 || file.path.empty())
    throw UsageError(fmt::format("{} {}: expected LABEL=PATH or PATH", option, argument));
  if (file.label.find_first_of("/ \t") != std::string::npos)
    throw UsageError(fmt::format("{} {}: the label \"{}\" has a slash or a space; a row is named "
                                 "workload/backend/label, so choose one without",
                                 option, argument, file.label));
  return file;
}

const BackendLibrary& load_library(const std::filesystem::path& path) {
  // dlopen searches the system's folders for a name without a slash.
  const std::string file = std::filesystem::absolute(path).string();
  void* const handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr)
    throw Failure(fmt::format("{}: can't be loaded as a backend library: {}", path.string(), dlerror()));
  void* const symbol = dlsym(handle, "dispatchbench_library");
  if (symbol == nullptr)
    throw Failure(fmt::format("{}: exports no dispatchbench_library; expected a backend library as built by "
                              "backends/CMakeLists.txt",
                              path.string()));
  const BackendLibrary& library = *reinterpret_cast<decltype(&dispatchbench_library)>(symbol)();
  if (library.abi != DISPATCHBENCH_ABI_VERSION)
    throw Failure(fmt::format(
        "{}: has ABI version {}; expected {}. Build library and dispatchbench from the same revision",
        path.string(), library.abi, DISPATCHBENCH_ABI_VERSION));
  if (library.library_size != sizeof(BackendLibrary) || library.backend_size != sizeof(Backend) ||
      library.machine_size != sizeof(Machine))
    throw Failure(fmt::format(
        "{}: its structs have {}, {} and {} bytes; expected {}, {} and {} for ABI version {}. Build "
        "library and dispatchbench from the same revision",
        path.string(), library.library_size, library.backend_size, library.machine_size,
        sizeof(BackendLibrary), sizeof(Backend), sizeof(Machine), DISPATCHBENCH_ABI_VERSION));
  return library;
}

RunFunction find_backend(const BackendLibrary& library, const std::string& name) {
  for (const Backend& backend : std::span(library.backends, library.backend_count))
    if (name == backend.name) return backend.run;
  throw Failure(fmt::format("the library {} has no backend {}", library.label, name));
}

LibraryDescription describe_library(const LibraryFile& file) {
  const ChildResult child =
      run_in_child([&](int fd) { write_all(fd, describe(load_library(file.path)).dump()); }, load_time_out);
  if (child.end == ChildResult::End::exited && child.code == 1) throw Failure(child.output);
  if (!child.succeeded())
    throw Failure(fmt::format("{}: the process that loaded it {}", file.path.string(), child.describe()));

  const json object = json::parse(child.output);
  LibraryDescription description;
  description.label = file.label.empty() ? object.at("label") : json(file.label);
  description.path = file.path;
  object.at("compiler").get_to(description.compiler);
  object.at("compiler_version").get_to(description.compiler_version);
  object.at("flags").get_to(description.flags);
  object.at("target").get_to(description.target);
  for (const json& backend : object.at("backends"))
    description.backends.push_back(
        {backend.at("name"), backend.at("dispatch"), backend.at("summary"), backend.at("expected")});
  for (const json& backend : object.at("unavailable"))
    description.unavailable.push_back({backend.at("name"), backend.at("reason")});
  return description;
}

std::vector<LibraryDescription> describe_libraries(const std::vector<LibraryFile>& files) {
  std::vector<LibraryDescription> descriptions;
  std::set<std::string> labels;
  for (const LibraryFile& file : files) {
    descriptions.push_back(describe_library(file));
    if (!labels.insert(descriptions.back().label).second)
      throw UsageError(
          fmt::format("--library {}: the label \"{}\" is already taken by another library; name it with "
                      "LABEL=PATH",
                      file.path.string(), descriptions.back().label));
  }
  return descriptions;
}

} // namespace dispatchbench
