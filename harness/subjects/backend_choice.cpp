#include "subjects/backend_choice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace dispatchbench {

std::string on_request_hint(const std::vector<std::string>& backends) {
  const bool is_one = backends.size() == 1;
  return fmt::format("{} {} measured on request: give --all, or name {} with --backend",
                     fmt::join(backends, ", "), is_one ? "is" : "are", is_one ? "it" : "them");
}

std::vector<std::string>
BackendChoice::left_on_request(const std::vector<LibraryDescription>& libraries) const {
  std::vector<std::string> names;
  for (const LibraryDescription& library : libraries)
    for (const auto& backend : library.backends)
      if (backend.on_request && expression_.empty() && !takes(backend) &&
          std::find(names.begin(), names.end(), backend.name) == names.end())
        names.push_back(backend.name);
  return names;
}

std::string BackendChoice::why_left_out(const std::vector<LibraryDescription>& libraries,
                                        const std::string& backend) const {
  std::string reason;
  for (const LibraryDescription& library : libraries) {
    if (const auto* const found = library.find(backend)) {
      if (takes(*found)) return {};
      return expression_.empty() ? on_request_hint({backend})
                                 : fmt::format("--backend {} leaves {} out", expression_, backend);
    }
    const auto is_it = [&](const auto& each) { return each.name == backend; };
    if (reason.empty() && std::any_of(library.unavailable.begin(), library.unavailable.end(), is_it))
      reason =
          fmt::format("{} is unavailable in {}: {}", backend, library.label(), library.why_missing(backend));
  }
  return reason;
}

} // namespace dispatchbench
