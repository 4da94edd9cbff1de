// `compare --results`: verdicts on what a run has recorded.
#pragma once

#include "commands/comparison_files.h"

#include <filesystem>

namespace dispatchbench {

/// The verdicts that results files give, without a measurement. Returns the exit code.
int compare_recorded(const Options& options, const std::filesystem::path& floor_file, ComparisonFiles& files);

} // namespace dispatchbench
