#include "measuring/results.h"

#include "subjects/audit_file.h"
#include "subjects/build_file.h"
#include "subjects/program_output.h"
#include "system/environment.h"
#include "system/interruption.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace dispatchbench {
namespace {

using nlohmann::ordered_json;

/// What is kept of a program's output: enough to recognise it.
constexpr std::size_t most_output_bytes = 65'536;

ordered_json libraries_json(const std::vector<LibraryDescription>& libraries) {
  ordered_json array = ordered_json::array();
  for (const LibraryDescription& library : libraries) {
    ordered_json object = json_with_build(library);
    const AuditFile audit = read_audit(library);
    for (ordered_json& backend : object["backends"]) {
      const BackendAudit* const found = audit.find(backend["name"]);
      backend["audit"] = found == nullptr ? ordered_json() : ordered_json(found->all);
    }
    array.push_back(std::move(object));
  }
  return array;
}

ordered_json problems_json(const std::vector<RowProblem>& problems) {
  ordered_json array = ordered_json::array();
  for (const RowProblem& problem : problems)
    array.push_back({{"row", problem.row()},
                     {"workload", problem.workload},
                     {"backend", problem.competitor.backend},
                     {"library", problem.competitor.library},
                     {"reason", problem.reason}});
  return array;
}

/// Every sample, those of processes that don't count marked.
ordered_json rows_json(const Measurement& measurement) {
  ordered_json rows = ordered_json::array();
  std::map<std::string, int> taken;
  for (const MeasuredProcess& process : measurement.processes)
    for (const MeasuredSample& sample : process.samples) {
      ordered_json row = sample.row;
      const std::string name = row.at("name");
      row["repetition_index"] = taken[name]++;
      row["disturbed"] = process.is_disturbed() || sample.disturbed;
      row["counts"] = sample.counts;
      for (const auto& [counter, why] : measurement.hardware_counters.items())
        if (!row.contains(counter)) row[counter] = nullptr;
      rows.push_back(std::move(row));
    }
  for (ordered_json& row : rows) row["repetitions"] = taken.at(row.at("name"));
  return rows;
}

ordered_json stopping_json(const Measurement& measurement, const MeasurementPlan& plan) {
  const Stopping& stopping = measurement.stopping;
  const auto& target = plan.stopping.target_width;
  const auto& limit = plan.stopping.limit_seconds;
  return {{"reason", stopping.reason},
          {"target_width", target ? ordered_json(*target) : ordered_json()},
          {"limit_seconds", limit ? ordered_json(*limit) : ordered_json()},
          {"reached", stopping.target_reached},
          {"analyses", stopping.analyses},
          {"seconds", stopping.seconds},
          {"baseline", stopping.baseline.empty() ? ordered_json() : ordered_json(stopping.baseline)},
          {"widest", std::isfinite(stopping.widest) ? ordered_json(stopping.widest) : ordered_json()},
          {"interval_level", measurement.interval_level}};
}

} // namespace

ordered_json results_document(const Measurement& measurement, const MeasurementPlan& plan,
                              const ordered_json& probe, const std::vector<ReferenceRun>& references,
                              const std::vector<LibraryDescription>& libraries, const ordered_json& machine,
                              const std::vector<std::string>& warnings) {
  const std::optional<std::string> revision = git_revision();
  const bool is_pinned = plan.cpu >= 0 && measurement.not_pinned.empty();
  ordered_json ours{{"schema", results_schema},
                    {"version", DISPATCHBENCH_VERSION},
                    {"git_revision", revision ? ordered_json(*revision) : ordered_json()},
                    {"seed", plan.seed},
                    {"processes", measurement.rounds},
                    {"repetitions", plan.repetitions},
                    {"pinned_to", is_pinned ? ordered_json(plan.cpu) : ordered_json()},
                    {"hardware_counters", measurement.hardware_counters},
                    {"stopping", stopping_json(measurement, plan)},
                    {"interrupted", interrupted()},
                    {"probe", probe},
                    {"machine", machine},
                    {"libraries", libraries_json(libraries)},
                    {"workloads", ordered_json::array()},
                    {"warnings", warnings},
                    {"failures", problems_json(measurement.failures)},
                    {"refused", problems_json(measurement.refusals)}};
  for (const ReferenceRun& reference : references) {
    ordered_json workload{{"name", reference.workload.name},
                          {"summary", reference.workload.summary},
                          {"instructions", reference.profile.total}};
    workload.update(output_json(reference.final_state->devices(), most_output_bytes));
    ours["workloads"].push_back(std::move(workload));
  }

  ordered_json document{{"context", measurement.context}, {"benchmarks", rows_json(measurement)}};
  document["context"]["dispatchbench"] = std::move(ours);
  return document;
}

ordered_json ci_document(const ordered_json& results) {
  std::vector<std::string> order;
  std::map<std::string, std::vector<const ordered_json*>> by_name;
  for (const ordered_json& row : results.at("benchmarks")) {
    if (!row.at("counts").get<bool>()) continue;
    auto& group = by_name[row.at("name")];
    if (group.empty()) order.push_back(row.at("name"));
    group.push_back(&row);
  }
  ordered_json document{{"context", results.at("context")}, {"benchmarks", ordered_json::array()}};
  for (const std::string& name : order) {
    auto& group = by_name[name];
    // A row that was really measured, so that CPU and wall time belong together; of an even number the lower
    // one.
    const auto middle = group.begin() + static_cast<std::ptrdiff_t>((group.size() - 1) / 2);
    std::nth_element(group.begin(), middle, group.end(), [](const ordered_json* a, const ordered_json* b) {
      return a->at("cpu_time").get<double>() < b->at("cpu_time").get<double>();
    });
    ordered_json row = **middle;
    row["repetitions"] = 1;
    row["repetition_index"] = 0;
    row["samples"] = group.size();
    document["benchmarks"].push_back(std::move(row));
  }
  return document;
}

} // namespace dispatchbench
