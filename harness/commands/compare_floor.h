// The machine's A/A floor in `compare`: what it makes of a comparison, and how --aa measures it.
#pragma once

#include "commands/comparison_files.h"
#include "system/terminal.h"

#include <filesystem>
#include <vector>

namespace dispatchbench {

/// This machine's A/A floor, as a share; 0 if it was never measured.
double floor_of(const nlohmann::ordered_json& machine, const std::filesystem::path& floor_file);

/// Adds what there is to tell of a floor that isn't used.
void add_floor_note(ComparisonReport& report, const std::filesystem::path& floor_file);

/// The margin asked for, but never below the floor; as a share.
double margin_of(const ComparisonOptions& asked, double floor);

/// The trials of --aa over `rows`, their table, and the floor that follows from them. Returns the exit code.
int measure_floor(ComparisonReport report, const std::vector<ComparedRow>& rows, const OutputFile& floor_file,
                  const Options& options, ComparisonFiles& files, Progress& progress);

} // namespace dispatchbench
