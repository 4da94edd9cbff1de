#include "comparison_results.h"

#include "errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <regex>

namespace dispatchbench {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

/// The samples of a row in one process, nanoseconds.
struct Samples {
  std::vector<double> cpu;
  std::vector<double> wall;
};

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

LibraryDescription description_of(const ordered_json& library) {
  LibraryDescription description;
  library.at("label").get_to(description.label);
  description.path = library.at("path").get<std::string>();
  library.at("compiler").get_to(description.compiler);
  library.at("compiler_version").get_to(description.compiler_version);
  library.at("flags").get_to(description.flags);
  library.at("target").get_to(description.target);
  return description;
}

SamplesOfLibrary read_samples(const ordered_json& document, const std::string& label) {
  SamplesOfLibrary samples;
  for (const ordered_json& row : document.at("benchmarks")) {
    if (row.at("library") != label) continue;
    Samples& of_process = samples[{row.at("workload"), row.at("backend")}][row.at("process").get<int>()];
    of_process.cpu.push_back(row.at("cpu_time"));
    of_process.wall.push_back(row.at("real_time"));
  }
  return samples;
}

PairResult pair_of(const Samples& base, const Samples& head) {
  PairResult result;
  result.base_nanoseconds = mean_of_faster_half(base.cpu);
  result.head_nanoseconds = mean_of_faster_half(head.cpu);
  result.cpu = std::log(result.head_nanoseconds / result.base_nanoseconds);
  result.wall = std::log(mean_of_faster_half(head.wall) / mean_of_faster_half(base.wall));
  return result;
}

std::map<std::string, std::string> hashes_of(const ordered_json& library) {
  std::map<std::string, std::string> hashes;
  for (const ordered_json& backend : library.at("backends"))
    if (backend.at("audit").is_object() && backend["audit"].contains("code_hash"))
      hashes[backend.at("name")] = backend["audit"]["code_hash"];
  return hashes;
}

/// Everything in `document`, whose fields are checked by using them.
RecordedRun parse(const ordered_json& document, const fs::path& path, const std::string& base,
                  const std::string& head) {
  const ordered_json& ours = document.at("context").at("dispatchbench");
  if (ours.at("schema") != 1)
    throw Failure(fmt::format("{}: field context.dispatchbench.schema is {}; expected 1, which this version "
                              "reads",
                              path.string(), ours.at("schema").dump()));
  RecordedRun run;
  run.path = path;
  document.at("context").at("date").get_to(run.date);
  run.machine = ours.at("machine");
  const ordered_json& base_library = find_library(document, base, path);
  const ordered_json& head_library = find_library(document, head, path);
  run.base = {base, {description_of(base_library)}};
  run.head = {head, {description_of(head_library)}};

  const SamplesOfLibrary of_base = read_samples(document, base);
  const SamplesOfLibrary of_head = read_samples(document, head);
  for (const auto& [row, base_processes] : of_base) {
    const auto at = of_head.find(row);
    if (at == of_head.end()) continue;
    for (const auto& [process, base_samples] : base_processes)
      if (const auto head_samples = at->second.find(process); head_samples != at->second.end())
        add_pair(run.rows[row], {process, 0, 0, pair_of(base_samples, head_samples->second)});
  }
  for (const ordered_json& failure : ours.at("failures")) {
    const std::string name = failure.at("row");
    const auto first = name.find('/');
    const auto last = name.rfind('/');
    const std::string label = name.substr(last + 1);
    if (label == base || label == head)
      run.failures[{name.substr(0, first), name.substr(first + 1, last - first - 1)}] =
          fmt::format("{}: {}", label == base ? "base" : "head", failure.at("reason").get<std::string>());
  }
  const auto head_hashes = hashes_of(head_library);
  for (const auto& [backend, hash] : hashes_of(base_library))
    if (const auto at = head_hashes.find(backend); at != head_hashes.end())
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

RecordedRun read_recorded_run(const fs::path& path, const std::string& base, const std::string& head) {
  std::ifstream file(path);
  if (!file)
    throw Failure(
        fmt::format("{}: can't be read; expected a file that dispatchbench run writes", path.string()));
  try {
    return parse(ordered_json::parse(file), path, base, head);
  } catch (const ordered_json::exception& error) {
    throw Failure(fmt::format("{}: isn't a results file of dispatchbench run: {}; expected results.json, "
                              "not results.ci.json or a packed file",
                              path.string(), error.what()));
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
  if (fingerprint(first) != fingerprint(second))
    refuse(
        fmt::format("it comes from another machine, {} and not {}", fingerprint(second), fingerprint(first)));
  if (first.code_hashes != second.code_hashes) refuse("it measured other machine code");
}

std::vector<RowVerdict> judge_recorded_runs(const RecordedRun& first, const RecordedRun* second,
                                            const std::string& workload_filter,
                                            const std::string& backend_filter, ComparisonPlan& plan) {
  const std::regex workloads = filter_expression("--workload", workload_filter);
  const std::regex backends = filter_expression("--backend", backend_filter);
  std::vector<RowVerdict> rows;
  const auto add = [&](const std::pair<std::string, std::string>& key) -> RowVerdict* {
    const auto& [workload, backend] = key;
    if (!std::regex_search(workload, workloads) || !std::regex_search(backend, backends)) return nullptr;
    rows.emplace_back().row = {workload, backend, backend};
    return &rows.back();
  };
  for (const auto& [key, reason] : first.failures)
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
  if (rows.empty())
    throw UsageError(fmt::format("{}: {} and {} have no row in common that --workload and --backend match",
                                 first.path.string(), first.base.label, first.head.label));
  if (to_judge == 0) return rows;

  plan.looks = {fewest_pairs(first)};
  plan.confirm_looks = {second == nullptr ? plan.looks.front() : fewest_pairs(*second)};
  const StoppingRule first_rule = plan.first_rule(to_judge);
  const StoppingRule second_rule = plan.second_rule();
  check_resolvable(plan, to_judge, "processes for each library");
  for (RowVerdict& row : rows) {
    if (row.first.pairs.empty()) continue;
    look_at(row.first, first_rule, plan.margin);
    if (second != nullptr && found_difference(row.first))
      if (const auto at = second->rows.find({row.row.workload, row.row.head_backend});
          at != second->rows.end()) {
        row.second = at->second;
        look_at(row.second, second_rule, plan.margin);
      }
    conclude(row, first_rule, second_rule, plan);
  }
  return rows;
}

} // namespace dispatchbench
