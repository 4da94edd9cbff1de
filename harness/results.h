// results.json: Google Benchmark's own schema with every repetition a row; results.ci.json: one median row a
// benchmark.
#pragma once

#include "measurement.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace dispatchbench {

/// The whole document. `warnings` end up in the context.
nlohmann::ordered_json results_document(const Measurement& measurement, const MeasurementPlan& plan,
                                        const std::vector<ReferenceRun>& references,
                                        const std::vector<LibraryDescription>& libraries,
                                        const nlohmann::ordered_json& machine,
                                        const std::vector<std::string>& warnings);

/// The same with exactly one row per benchmark, its median (by CPU time) over all processes: for tools that
/// count every row.
nlohmann::ordered_json ci_document(const nlohmann::ordered_json& results);

/// Throws Failure if `path` can't be written later on: asked before minutes of measuring.
void check_writable(const std::filesystem::path& path);

/// Writes to a temporary file in the same folder and renames it, so that `path` is whole or untouched. Throws
/// Failure.
void write_atomically(const std::filesystem::path& path, const std::string& text);

} // namespace dispatchbench
