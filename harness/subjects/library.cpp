#include "subjects/library.h"

#include "system/text.h"

#include <algorithm>

namespace dispatchbench {

using nlohmann::ordered_json;

const LibraryDescription::BackendDescription* LibraryDescription::find(const std::string& backend) const {
  const auto at = std::find_if(backends.begin(), backends.end(),
                               [&](const BackendDescription& each) { return each.name == backend; });
  return at == backends.end() ? nullptr : &*at;
}

std::string LibraryDescription::why_missing(const std::string& backend) const {
  for (const Unavailable& each : unavailable)
    if (each.name == backend) return each.reason;
  return "it knows no such backend";
}

ordered_json to_json(const LibraryDescription& library) {
  ordered_json object{{"label", library.label()},
                      {"path", library.file.path.string()},
                      {"layout_of", nullptr},
                      {"host", library.host},
                      {"language", library.language},
                      {"compiler", library.compiler},
                      {"compiler_version", library.compiler_version},
                      {"flags", library.flags},
                      {"target", library.target},
                      {"backends", ordered_json::array()},
                      {"unavailable", ordered_json::array()}};
  if (library.file.layout_of) object["layout_of"] = *library.file.layout_of;
  if (library.engine)
    object["engine"] = {{"name", library.engine->name},
                        {"version", library.engine->version},
                        {"program", library.engine->program},
                        {"flags", library.engine->flags},
                        {"best_compiler_alone", library.engine->best_compiler_alone},
                        {"clock_resolution", library.engine->clock_resolution}};
  for (const auto& backend : library.backends)
    object["backends"].push_back({{"name", backend.name},
                                  {"family", backend.family},
                                  {"dispatch", backend.dispatch},
                                  {"summary", backend.summary},
                                  {"expected", backend.expected},
                                  {"language", backend.language},
                                  {"prepares", backend.prepares},
                                  {"budgeted", backend.budgeted},
                                  {"on_request", backend.on_request},
                                  {"source_lines", backend.source_lines}});
  for (const auto& backend : library.unavailable)
    object["unavailable"].push_back({{"name", backend.name}, {"reason", backend.reason}});
  return object;
}

LibraryDescription library_from_json(const ordered_json& object, LibraryFile file) {
  LibraryDescription library;
  library.file = std::move(file);
  if (library.file.label.empty()) object.at("label").get_to(library.file.label);
  const auto text = [](const ordered_json& from, const char* name) {
    return as_one_line(from.value(name, std::string())); // It goes into tables.
  };
  library.host = text(object, "host");
  library.language = text(object, "language");
  library.compiler = text(object, "compiler");
  library.compiler_version = text(object, "compiler_version");
  library.flags = text(object, "flags");
  library.target = text(object, "target");
  if (const auto engine = object.find("engine"); engine != object.end())
    library.engine = EngineDescription{text(*engine, "name"),
                                       text(*engine, "version"),
                                       text(*engine, "program"),
                                       engine->value("flags", std::vector<std::string>()),
                                       engine->value("best_compiler_alone", false),
                                       engine->value("clock_resolution", 0.0)};
  for (const ordered_json& backend : object.at("backends"))
    library.backends.push_back({backend.at("name"), text(backend, "family"), text(backend, "dispatch"),
                                text(backend, "summary"), text(backend, "expected"),
                                text(backend, "language"), backend.value("prepares", false),
                                backend.value("budgeted", false), backend.value("on_request", false),
                                backend.value("source_lines", std::uint32_t{0})});
  if (object.contains("unavailable"))
    for (const ordered_json& backend : object["unavailable"])
      library.unavailable.push_back({as_one_line(backend.at("name").get_ref<const std::string&>()),
                                     as_one_line(backend.at("reason").get_ref<const std::string&>())});
  return library;
}

} // namespace dispatchbench
