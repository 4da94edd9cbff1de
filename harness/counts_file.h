// counts.json of tools/count: processor instructions per VM instruction, counted and not measured.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace dispatchbench {

/// Counted processor instructions per VM instruction, by row name (workload/backend/library).
using Counts = std::map<std::string, double>;

/// Reads the file. Throws Failure naming file and field.
Counts read_counts(const std::filesystem::path& path);

} // namespace dispatchbench
