#include "commands/commands.h"
#include "commands/selection.h"
#include "subjects/build_file.h"
#include "subjects/name_filter.h"
#include "subjects/row.h"
#include "system/errors.h"
#include "system/json_text.h"
#include "system/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdio>

namespace dispatchbench {
namespace {

using nlohmann::ordered_json;

void print_json(const std::vector<Workload>& workloads, const std::vector<LibraryDescription>& libraries) {
  ordered_json document{
      {"schema", 2}, {"workloads", ordered_json::array()}, {"libraries", ordered_json::array()}};
  for (const Workload& workload : workloads)
    document["workloads"].push_back({{"name", workload.name},
                                     {"summary", workload.summary},
                                     {"why", workload.why},
                                     {"instructions", workload.instructions}});
  for (const LibraryDescription& library : libraries)
    document["libraries"].push_back(json_with_build(library));
  fmt::print("{}\n", json_text(document, 2));
}

std::string lines_text(std::uint32_t source_lines) {
  return source_lines == 0 ? "" : fmt::format(", {} lines of code", source_lines);
}

constexpr std::size_t name_column = 24;

/// How wide the column of a library's backends is: none of them may reach into the next.
std::size_t backend_column(const LibraryDescription& library) {
  std::size_t width = name_column;
  for (const auto& backend : library.backends) width = std::max(width, backend.name.size());
  for (const auto& backend : library.unavailable) width = std::max(width, backend.name.size());
  return width;
}

void print_text(const std::vector<Workload>& workloads, const std::vector<LibraryDescription>& libraries) {
  fmt::print("Workloads\n");
  for (const Workload& workload : workloads)
    fmt::print("  {:<{}} {:>9} instructions  {}\n", workload.name, name_column, workload.instructions,
               workload.summary);
  for (const LibraryDescription& library : libraries) {
    fmt::print("\nLibrary {}: {}, {} {} for {}, host {}\n", library.label(), library.language,
               library.compiler, library.compiler_version, library.target, library.host);
    if (library.file.layout_of) fmt::print("  layout variant of {}\n", *library.file.layout_of);
    fmt::print("  file   {}\n  flags  {}\n", as_one_line(library.file.path.string()), library.flags);
    if (const BuildFile build = read_build(library); !build.content.is_null())
      fmt::print("  built  {}\n", build_in_words(build.content));
    const std::size_t width = backend_column(library);
    for (const auto& backend : library.backends)
      fmt::print("  {:<{}} {} (family {}, dispatch {}{}{})\n", backend.name, width, backend.summary,
                 backend.family, backend.dispatch, lines_text(backend.source_lines),
                 backend.on_request ? ", on request" : "");
    for (const auto& backend : library.unavailable)
      fmt::print("  {:<{}} unavailable: {}\n", backend.name, width, backend.reason);
  }
}

/// Leaves out the backends, available or not, that the filter doesn't match. Throws UsageError if it matches
/// none.
void keep_matching(std::vector<LibraryDescription>& libraries, const std::string& backend_filter) {
  const NameFilter filter("--backend", backend_filter);
  std::vector<LibraryDescription> kept = libraries;
  bool any = false;
  for (LibraryDescription& library : kept) {
    std::erase_if(library.backends, [&](const auto& backend) { return !filter.matches(backend.name); });
    std::erase_if(library.unavailable, [&](const auto& backend) { return !filter.matches(backend.name); });
    any = any || !library.backends.empty() || !library.unavailable.empty();
  }
  if (!any) refuse_backends(libraries, backend_filter);
  libraries = std::move(kept);
}

} // namespace

int list_command(const Options& options) {
  const std::vector<Workload> workloads = selected_workloads(options);
  std::vector<LibraryDescription> libraries = selected_libraries(options);
  if (!options.backend_filter.empty()) keep_matching(libraries, options.backend_filter);
  if (options.json)
    print_json(workloads, libraries);
  else
    print_text(workloads, libraries);
  print_warnings(build_problems(libraries));
  return exit_fine;
}

} // namespace dispatchbench
