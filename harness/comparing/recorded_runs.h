// A comparison without measuring: two libraries of a results file that `run` wrote.
#pragma once

#include "comparing/comparison.h"

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
  ComparedSide baseline;
  ComparedSide candidate;
  /// By workload and backend: what both libraries were measured on, a pair for each process.
  std::map<std::pair<std::string, std::string>, RunOfRow> rows;
  /// By workload and backend: why a row that failed or was refused on one side can't be compared.
  std::map<std::pair<std::string, std::string>, std::string> problems;
  /// By backend, where both libraries were audited: the hashes of the baseline's and the candidate's code.
  std::map<std::string, std::pair<std::string, std::string>> code_hashes;
};

/// Reads the libraries labelled `baseline` and `candidate`. Throws Failure if the file isn't a results file
/// that this version reads, UsageError if it has no such label.
RecordedRun read_recorded_run(const std::filesystem::path& path, const std::string& baseline,
                              const std::string& candidate);

/// Throws UsageError, with the reason, unless `second` is another run, on the same machine, of the same code.
void check_confirms(const RecordedRun& first, const RecordedRun& second);

/// Judges the rows whose workload and backend match the filters. `second` confirms, or is null: then nothing
/// is called regressed or improved. Sets the analyses of `plan`, whose margin counts. Throws UsageError if no
/// row is left, or if the file has too few processes for so many rows.
std::vector<RowVerdict> judge_recorded_runs(const RecordedRun& first, const RecordedRun* second,
                                            const std::string& workload_filter,
                                            const std::string& backend_filter, ComparisonPlan& plan);

} // namespace dispatchbench
