// results.json: Google Benchmark's own schema with every repetition a row; results.ci.json: one median row a
// benchmark.
#pragma once

#include "measuring/measurement.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace dispatchbench {

/// The version of results.json that this program writes; it also reads 1 and 2.
inline constexpr int results_schema = 3;

/// The whole document. `probe` is probe_json's; `warnings` end up in the context.
nlohmann::ordered_json results_document(const Measurement& measurement, const MeasurementPlan& plan,
                                        const nlohmann::ordered_json& probe,
                                        const std::vector<ReferenceRun>& references,
                                        const std::vector<LibraryDescription>& libraries,
                                        const nlohmann::ordered_json& machine,
                                        const std::vector<std::string>& warnings);

/// The same with exactly one row per benchmark, its median (by CPU time) over all processes that count: for
/// tools that take every row for a benchmark.
nlohmann::ordered_json ci_document(const nlohmann::ordered_json& results);

} // namespace dispatchbench
