// A comparison without measuring: two libraries of a results file that `run` wrote.
#pragma once

#include "comparison.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace dispatchbench {

/// Two libraries of a results file. The process is the unit: `run` measures the libraries in turn, a fresh
/// process of each, so that processes with the same number make a pair.
struct RecordedRun {
  std::filesystem::path path;
  std::string date;
  nlohmann::ordered_json machine;
  ComparedSide base;
  ComparedSide head;
  /// By workload and backend: what both libraries were measured on, a pair for each process.
  std::map<std::pair<std::string, std::string>, RunOfRow> rows;
  /// Likewise: why a row that one of them has can't be compared.
  std::map<std::pair<std::string, std::string>, std::string> failures;
  /// By backend, where both libraries were audited: the hashes of base's and head's machine code.
  std::map<std::string, std::pair<std::string, std::string>> code_hashes;
};

/// Reads the libraries labelled `base` and `head`. Throws Failure if the file isn't a results file of this
/// schema, UsageError if it has no such label.
RecordedRun read_recorded_run(const std::filesystem::path& path, const std::string& base,
                              const std::string& head);

/// Throws UsageError, with the reason, unless `second` is another run, on the same machine, of the same code.
void check_confirms(const RecordedRun& first, const RecordedRun& second);

/// Judges the rows whose workload and backend match the filters. `second` confirms, or is null: then nothing
/// is called regressed or improved. Sets the looks of `plan`, whose margin counts. Throws UsageError if no
/// row is left, or if the file has too few processes for so many rows.
std::vector<RowVerdict> judge_recorded_runs(const RecordedRun& first, const RecordedRun* second,
                                            const std::string& workload_filter,
                                            const std::string& backend_filter, ComparisonPlan& plan);

} // namespace dispatchbench
