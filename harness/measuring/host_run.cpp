#include "measuring/host_run.h"

#include "sampling/verification.h"
#include "system/errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace dispatchbench {

using nlohmann::ordered_json;

std::vector<RowGroup> by_library(const std::vector<BenchmarkRow>& rows) {
  std::vector<RowGroup> groups;
  for (const BenchmarkRow& row : rows) {
    auto group = std::find_if(groups.begin(), groups.end(), [&](const RowGroup& candidate) {
      return candidate.front()->library == row.library;
    });
    if (group == groups.end()) group = groups.emplace(groups.end());
    group->push_back(&row);
  }
  return groups;
}

HostRun run_host(const RowGroup& group, const HostRunOptions& options) {
  std::vector<SampledRow> rows;
  for (const BenchmarkRow* row : group) rows.push_back({row->name(), row->backend, &row->workload()});
  HostOptions host;
  host.fresh_addresses = true;
  host.cpu = options.cpu;
  HostRun run;
  // The parent's readings are all that there is of a host that can't read the probe itself.
  const bool can_read = options.cpu >= 0;
  if (can_read) run.probe.push_back(read_probe_on(options.cpu));
  run.start_seconds = nanoseconds(CLOCK_MONOTONIC) / 1e9;
  try {
    Sampler sampler(group.front()->library->file, host);
    run.pinned = sampler.pinned();
    run.not_pinned = sampler.not_pinned();
    run.batch = sampler.batch(rows, options.repetitions, options.seed, options.benchmark_flags,
                              options.time_out, [&](const std::string& row) { run.begun = row; });
    run.first_of_batch = run.probe.size();
    run.probe.insert(run.probe.end(), run.batch->probe.begin(), run.batch->probe.end());
  } catch (const HostEnded& end) {
    run.reason = fmt::format("the process that measured it {}", end.what());
  } catch (const Failure& failure) {
    run.reason = fmt::format("its host answered while it was measured: {}", failure.what());
  }
  run.end_seconds = nanoseconds(CLOCK_MONOTONIC) / 1e9;
  if (can_read) run.probe.push_back(read_probe_on(options.cpu));
  return run;
}

std::map<std::string, std::string> invalid_rows(const SampledBatch& batch, const RowGroup& group,
                                                int repetitions) {
  std::map<std::string, int> samples;
  std::map<std::string, std::string> reasons;
  for (const ordered_json& benchmark : batch.document.at("benchmarks")) {
    const std::string name = benchmark.at("name");
    ++samples[name];
    if (const auto error = benchmark.find("error_message"); error != benchmark.end())
      reasons[name] = fmt::format("refused while it was measured, though not before: {}", error->dump());
    else if (!(benchmark.value("cpu_time", 0.0) > 0) || !(benchmark.value("real_time", 0.0) > 0))
      reasons[name] = "its host's clock says that a run took no time";
  }
  std::map<std::string, std::string> invalid;
  for (const BenchmarkRow* row : group) {
    const std::string name = row->name();
    const auto digests = batch.digests.find(name);
    if (const auto at = reasons.find(name); at != reasons.end())
      invalid[name] = at->second;
    else if (samples[name] != repetitions)
      invalid[name] = fmt::format("its process gave {} samples; expected {}", samples[name], repetitions);
    else if (const auto problem =
                 digest_problem(digests == batch.digests.end() ? std::set<std::string>() : digests->second,
                                row->reference->digest))
      invalid[name] = *problem;
  }
  return invalid;
}

} // namespace dispatchbench
