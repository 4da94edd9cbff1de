// Which processors there are, and how much of them this process may use.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dispatchbench {

/// The first line of a file; nothing if it can't be read.
std::optional<std::string> first_line(const std::filesystem::path& path);

/// The value of `name` in the first processor's part of cpuinfo.
std::optional<std::string> cpuinfo_value(const std::filesystem::path& root, std::string_view name);

/// "0-3,7" as numbers. Stops at what is no such list.
std::vector<int> parse_processor_list(std::string_view text);

/// Processors that are online; 0 if that can't be told.
int online_processors(const std::filesystem::path& root);

/// Processors of one kind, as in hybrid processors.
struct ProcessorKind {
  std::string processors; ///< "0-15".
  double capacity = 0;    ///< Larger is faster.
};

/// The kinds of processors, the fastest first: from what the kernel says of performance and efficiency cores
/// (x86-64) or of capacities (AArch64). Empty if all are of one kind or nothing is said.
std::vector<ProcessorKind> processor_kinds(const std::filesystem::path& root);

/// How many processors' time control groups (version 1 or 2) allow this process, at most; nothing if there is
/// no limit. 0.2: it stands still for four fifths of the time.
std::optional<double> processor_quota(const std::filesystem::path& root);

} // namespace dispatchbench
