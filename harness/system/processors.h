// Which processors there are, and of which kinds.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dispatchbench {

/// The first line of a file; nothing if it can't be read.
std::optional<std::string> first_line(const std::filesystem::path& path);

/// The value of `name` in a processor's part of cpuinfo, or where it has none in the first part that has.
std::optional<std::string> cpuinfo_value(const std::filesystem::path& root, std::string_view name,
                                         int processor = 0);

/// "0-3,7" as numbers. Stops at what is no such list.
std::vector<int> parse_processor_list(std::string_view text);

/// The same from numbers in ascending order.
std::string processor_list(const std::vector<int>& processors);

/// Processors that are online; 0 if that can't be told.
int online_processors(const std::filesystem::path& root);

/// The name of the fastest kind of processors.
inline constexpr const char* fastest_kind = "performance";

/// Processors of one kind, as in hybrid processors.
struct ProcessorKind {
  std::string name;       ///< "performance"; of the slowest kind "efficiency", in between "middle".
  std::string processors; ///< "0-15".
};

/// The kinds of processors, the fastest first: from what the kernel says of performance and efficiency cores
/// (x86-64), of capacities (AArch64), of highest frequencies, or what the firmware says of performance. Empty
/// if all are of one kind or nothing is said.
std::vector<ProcessorKind> processor_kinds(const std::filesystem::path& root);

/// The name of the kind that a processor is of; empty if it is of none of them.
std::string kind_of(const std::vector<ProcessorKind>& kinds, int processor);

/// "processor 15", where there are several kinds "processor 15, of the kind performance (0-15)".
std::string processor_in_words(const std::vector<ProcessorKind>& kinds, int processor);

/// The last allowed processor of the fastest kind that is allowed; -1 if none is.
int default_processor(const std::vector<ProcessorKind>& kinds, const std::vector<int>& allowed);

} // namespace dispatchbench
