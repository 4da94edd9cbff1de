// A comparison as JSON: everything that was measured.
#include "comparing/report.h"

#include "system/interruption.h"

#include <cmath>
#include <utility>

namespace dispatchbench {
namespace {

using nlohmann::ordered_json;

ordered_json finite(double value) { return std::isfinite(value) ? ordered_json(value) : ordered_json(); }

ordered_json interval_json(const Interval& interval) {
  return {{"ratio", finite(std::exp(interval.estimate))},
          {"low", std::isfinite(interval.low) ? ordered_json(std::exp(interval.low)) : ordered_json()},
          {"high", finite(std::exp(interval.high))}};
}

ordered_json pairs_json(const std::vector<PairRecord>& records) {
  ordered_json pairs = ordered_json::array();
  for (const PairRecord& pair : records)
    pairs.push_back({{"unit", pair.unit},
                     {"base_layout", pair.baseline_layout},
                     {"head_layout", pair.candidate_layout},
                     {"cpu_log_ratio", pair.result.cpu},
                     {"wall_log_ratio", pair.result.wall},
                     {"round_median_log_ratio",
                      pair.result.round_median ? ordered_json(*pair.result.round_median) : ordered_json()},
                     {"base_cpu_ns", pair.result.baseline_nanoseconds},
                     {"head_cpu_ns", pair.result.candidate_nanoseconds},
                     {"probe_level", pair.state.level},
                     {"disturbed_share", pair.state.disturbed_share},
                     {"disturbed", pair.is_disturbed()}});
  return pairs;
}

ordered_json run_json(const RunOfRow& run) {
  if (run.pairs.empty()) return nullptr;
  ordered_json object{{"units", run.cpu_units.size()}};
  if (run.cpu.used > 0) {
    object["cpu"] = interval_json(run.cpu.interval);
    object["wall"] = interval_json(run.wall);
  }
  object["pairs"] = pairs_json(run.pairs);
  object["replaced"] = pairs_json(run.replaced);
  return object;
}

ordered_json side_json(const ComparedSide& side) {
  ordered_json libraries = ordered_json::array();
  for (const LibraryDescription& library : side.layouts) libraries.push_back(to_json(library));
  return {{"label", side.label}, {"libraries", std::move(libraries)}};
}

} // namespace

ordered_json comparison_json(const ComparisonReport& report) {
  ordered_json document{
      {"schema", 1},
      {"kind", "comparison"},
      {"version", DISPATCHBENCH_VERSION},
      {"verdict", name_of(report.verdict)},
      {"exit_code", report.interrupted ? exit_code_of_interruption() : exit_code_of(report.verdict)},
      {"interrupted", report.interrupted},
      {"seconds", report.seconds},
      {"base", side_json(report.baseline)},
      {"head", side_json(report.candidate)},
      {"plan",
       {{"looks", report.plan.analyses},
        {"confirm_looks", report.plan.confirm_analyses},
        {"rounds", report.plan.rounds},
        {"pairs_per_unit", report.plan.pairs_per_unit},
        {"margin", report.plan.margin},
        {"floor", report.floor},
        {"error", report.plan.error},
        {"confirm_error", report.plan.confirm_error},
        {"seed", report.plan.seed},
        {"cpu", report.plan.cpu >= 0 ? ordered_json(report.plan.cpu) : ordered_json()},
        {"added_share", report.plan.added_share}}},
      {"machine", report.machine},
      {"notes", report.notes},
      {"rows", ordered_json::array()}};
  for (const RowVerdict& row : report.rows)
    document["rows"].push_back(
        {{"name", row.row.name()},
         {"workload", row.row.workload},
         {"base_backend", row.row.baseline_backend},
         {"head_backend", row.row.candidate_backend},
         {"verdict", name_of(row.verdict)},
         {"reason", row.reason},
         {"smallest_visible", row.smallest_visible ? finite(*row.smallest_visible) : ordered_json()},
         {"first", run_json(row.first)},
         {"second", run_json(row.second)}});
  return document;
}

} // namespace dispatchbench
