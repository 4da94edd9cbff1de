#include "comparing/recorded_runs.h"

#include "subjects/audit_file.h"
#include "subjects/backend_choice.h"
#include "subjects/name_filter.h"
#include "subjects/row.h"
#include "system/errors.h"
#include "system/files.h"
#include "system/fingerprint.h"
#include "system/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace dispatchbench {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

/// The samples of a row in one process, nanoseconds.
struct Samples {
  std::vector<double> cpu;
  std::vector<double> wall;
};

/// The row that an entry of "failures" or "refused" is about; schema 1 has only its name.
RowName row_name_of(const ordered_json& problem) {
  if (!problem.contains("workload")) return parse_row_name(problem.at("row"));
  return {problem.at("workload"), {problem.at("backend"), problem.at("library")}};
}

/// By workload and backend, then by process.
using SamplesOfLibrary = std::map<std::pair<std::string, std::string>, std::map<int, Samples>>;

/// The library labelled `label`. Throws UsageError if there is none.
const ordered_json& find_library(const ordered_json& document, const std::string& label,
                                 const fs::path& path) {
  std::string labels;
  for (const ordered_json& library : document.at("context").at("dispatchbench").at("libraries")) {
    if (library.at("label") == label) return library;
    labels += fmt::format("{}{}", labels.empty() ? "" : ", ", library.at("label").get<std::string>());
  }
  throw UsageError(
      fmt::format("{}: has no library \"{}\"; its libraries are {}", path.string(), label, labels));
}

fs::path path_of(const ordered_json& library) { return library.value("path", std::string()); }

/// Whether this version reads a file's schema. Schema 3 added disturbed processes to schema 2.
bool is_readable(const ordered_json& schema) { return schema == 1 || schema == 2 || schema == 3; }

SamplesOfLibrary read_samples(const ordered_json& document, const std::string& label) {
  // Before schema 3 every row counts.
  const bool says_what_counts = document.at("context").at("dispatchbench").at("schema") == 3;
  SamplesOfLibrary samples;
  for (const ordered_json& row : document.at("benchmarks")) {
    if (row.at("library") != label) continue;
    if (says_what_counts && !row.at("counts").get<bool>()) continue;
    Samples& of_process = samples[{row.at("workload"), row.at("backend")}][row.at("process").get<int>()];
    of_process.cpu.push_back(row.at("cpu_time"));
    of_process.wall.push_back(row.at("real_time"));
  }
  return samples;
}

PairResult pair_of(const Samples& baseline, const Samples& candidate) {
  PairResult result;
  result.baseline_nanoseconds = mean_of_faster_half(baseline.cpu);
  result.candidate_nanoseconds = mean_of_faster_half(candidate.cpu);
  result.cpu = std::log(result.candidate_nanoseconds / result.baseline_nanoseconds);
  result.wall = std::log(mean_of_faster_half(candidate.wall) / mean_of_faster_half(baseline.wall));
  return result;
}

std::map<std::string, std::string> hashes_of(const ordered_json& library) {
  std::map<std::string, std::string> hashes;
  for (const ordered_json& backend : library.at("backends"))
    if (const auto hash = code_hash_of(backend.at("audit"))) hashes[backend.at("name")] = *hash;
  return hashes;
}

/// Takes the rows that failed or were refused over into `run`.
void add_problems(const ordered_json& problems, RecordedRun& run) {
  for (const ordered_json& problem : problems) {
    const RowName row = row_name_of(problem);
    for (const ComparedSide* side : {&run.baseline, &run.candidate})
      if (row.competitor.library == side->label)
        run.problems[{row.workload, row.competitor.backend}] =
            fmt::format("{}: {}", side == &run.baseline ? name_of(Side::baseline) : name_of(Side::candidate),
                        problem.at("reason").get<std::string>());
  }
}

/// Everything in `document`, whose fields are checked by using them.
RecordedRun parse(const ordered_json& document, const fs::path& path, const std::string& baseline,
                  const std::string& candidate) {
  const ordered_json& ours = document.at("context").at("dispatchbench");
  if (!is_readable(ours.at("schema")))
    throw Failure(fmt::format("{}: field context.dispatchbench.schema is {}; expected 1, 2 or 3, which this "
                              "version reads",
                              path.string(), described(ours.at("schema"))));
  RecordedRun run;
  run.path = path;
  document.at("context").at("date").get_to(run.date);
  run.machine = ours.at("machine");
  const ordered_json& baseline_library = find_library(document, baseline, path);
  const ordered_json& candidate_library = find_library(document, candidate, path);
  run.baseline = {baseline,
                  {library_from_json(baseline_library, {baseline, path_of(baseline_library), {}, {}})}};
  run.candidate = {candidate,
                   {library_from_json(candidate_library, {candidate, path_of(candidate_library), {}, {}})}};

  const SamplesOfLibrary of_baseline = read_samples(document, baseline);
  const SamplesOfLibrary of_candidate = read_samples(document, candidate);
  for (const auto& [row, baseline_processes] : of_baseline) {
    const auto at = of_candidate.find(row);
    if (at == of_candidate.end()) continue;
    for (const auto& [process, baseline_samples] : baseline_processes)
      if (const auto candidate_samples = at->second.find(process); candidate_samples != at->second.end())
        add_pair(run.rows[row], {process, 0, 0, pair_of(baseline_samples, candidate_samples->second), {}});
  }
  add_problems(ours.at("failures"), run);
  if (ours.contains("refused")) add_problems(ours["refused"], run);
  const auto candidate_hashes = hashes_of(candidate_library);
  for (const auto& [backend, hash] : hashes_of(baseline_library))
    if (const auto at = candidate_hashes.find(backend); at != candidate_hashes.end())
      run.code_hashes[backend] = {hash, at->second};
  return run;
}

/// Fewest pairs that a row of the run has.
int fewest_pairs(const RecordedRun& run) {
  std::size_t fewest = SIZE_MAX;
  for (const auto& [row, pairs] : run.rows) fewest = std::min(fewest, pairs.pairs.size());
  return run.rows.empty() ? 0 : static_cast<int>(fewest);
}

} // namespace

RecordedRun read_recorded_run(const fs::path& path, const std::string& baseline,
                              const std::string& candidate) {
  const std::string text = read_file(path, "a file that dispatchbench run writes");
  try {
    return parse(ordered_json::parse(text), path, baseline, candidate);
  } catch (const ordered_json::exception& error) {
    throw Failure(fmt::format("{}: isn't a results file of dispatchbench run: {}; expected results.json, "
                              "not results.ci.json or a packed file",
                              path.string(), reason_of(error)));
  }
}

void check_confirms(const RecordedRun& first, const RecordedRun& second) {
  const auto refuse = [&](const std::string& why) {
    throw UsageError(
        fmt::format("--results {}: can't confirm {}: {}", second.path.string(), first.path.string(), why));
  };
  if (first.date == second.date) refuse(fmt::format("it is the same run, of {}", first.date));
  const auto fingerprint = [](const RecordedRun& run) {
    return run.machine.at("fingerprint").get<std::string>();
  };
  if (const std::string difference = machine_difference(fingerprint(first), fingerprint(second));
      !difference.empty())
    refuse(fmt::format("it comes from {}", difference));
  if (first.code_hashes != second.code_hashes) refuse("it measured other machine code");
}

std::vector<RowVerdict> judge_recorded_runs(const RecordedRun& first, const RecordedRun* second,
                                            const std::string& workload_filter,
                                            const std::string& backend_filter, ComparisonPlan& plan) {
  const NameFilter workloads("--workload", workload_filter);
  const NameFilter backends("--backend", backend_filter);
  std::vector<RowVerdict> rows;
  const auto add = [&](const std::pair<std::string, std::string>& key) -> RowVerdict* {
    const auto& [workload, backend] = key;
    if (!workloads.matches(workload) || !backends.matches(backend)) return nullptr;
    rows.emplace_back().row = {workload, backend, backend};
    return &rows.back();
  };
  for (const auto& [key, reason] : first.problems)
    if (RowVerdict* const row = add(key)) {
      row->verdict = Verdict::not_comparable;
      row->reason = reason;
    }
  std::size_t to_judge = 0;
  for (const auto& [key, run] : first.rows)
    if (RowVerdict* const row = add(key)) {
      const auto hashes = first.code_hashes.find(key.second);
      if (hashes != first.code_hashes.end() && hashes->second.first == hashes->second.second) {
        conclude_same_code(*row);
      } else {
        row->first = run;
        ++to_judge;
      }
    }
  if (rows.empty()) {
    std::vector<std::string> on_request;
    for (const auto& backend : first.baseline.layouts.front().backends)
      if (backend.on_request && !backend_filter.empty() && backends.matches(backend.name))
        on_request.push_back(backend.name);
    throw UsageError(fmt::format("{}: {} and {} have no row in common that --workload and --backend match{}",
                                 first.path.string(), first.baseline.label, first.candidate.label,
                                 on_request.empty() ? "" : "; in run, " + on_request_hint(on_request)));
  }
  if (to_judge == 0) return rows;

  plan.analyses = {fewest_pairs(first)};
  plan.confirm_analyses = {second == nullptr ? plan.analyses.front() : fewest_pairs(*second)};
  const StoppingRule first_rule = plan.first_rule(to_judge);
  const StoppingRule second_rule = plan.second_rule();
  check_resolvable(plan, to_judge, "processes for each library");
  for (RowVerdict& row : rows) {
    if (row.first.pairs.empty()) continue;
    update_decision(row.first, first_rule, plan.margin);
    if (second != nullptr && found_difference(row.first))
      if (const auto at = second->rows.find({row.row.workload, row.row.candidate_backend});
          at != second->rows.end()) {
        row.second = at->second;
        update_decision(row.second, second_rule, plan.margin);
      }
    conclude(row, first_rule, second_rule, plan);
  }
  return rows;
}

} // namespace dispatchbench
