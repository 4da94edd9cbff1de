#include "counts_file.h"

#include "errors.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace dispatchbench {

using nlohmann::json;

Counts read_counts(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file)
    throw Failure(
        fmt::format("{}: can't be read; expected the file that tools/count --json writes", path.string()));
  Counts counts;
  try {
    const json document = json::parse(file);
    if (document.at("schema") != 1)
      throw Failure(fmt::format("{}: field \"schema\" is {}; expected 1, which this version reads",
                                path.string(), document.at("schema").dump()));
    for (const json& row : document.at("rows")) {
      const std::string name = row.at("workload").get<std::string>() + '/' +
                               row.at("backend").get<std::string>() + '/' +
                               row.at("library").get<std::string>();
      counts[name] = row.at("per_vm_instruction").get<double>();
    }
  } catch (const json::exception& error) {
    throw Failure(
        fmt::format("{}: isn't a file of tools/count: {}; expected schema 1 and rows with workload, "
                    "backend, library and per_vm_instruction",
                    path.string(), error.what()));
  }
  return counts;
}

} // namespace dispatchbench
