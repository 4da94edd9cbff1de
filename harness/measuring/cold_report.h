// What a measurement of cold starts says: tables for people, a file for charts.
#pragma once

#include "measuring/cold_start.h"
#include "subjects/library.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace dispatchbench {

/// A table for each library, with ratios to its own baseline, or to the one that `baseline` names for all.
std::string cold_tables(const ColdMeasurement& measurement, const std::vector<LibraryDescription>& libraries,
                        const Baseline& baseline);

/// The results file.
nlohmann::ordered_json cold_document(const ColdMeasurement& measurement, const ColdPlan& plan,
                                     const std::vector<LibraryDescription>& libraries,
                                     const nlohmann::ordered_json& machine, const Baseline& baseline,
                                     const std::vector<std::string>& warnings);

} // namespace dispatchbench
