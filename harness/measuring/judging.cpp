// Which processes of a measurement count: a rule on the probe alone.
#include "measuring/measurement.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace dispatchbench {
namespace {

/// A library's host processes of one number.
using Slot = std::pair<std::string, int>;

Slot slot_of(const MeasuredProcess& process) { return {process.library, process.process}; }

/// Whether some library has a process that counts for less than half of its numbers, or for less than the two
/// that an interval takes.
bool is_unsettled(const std::vector<MeasuredProcess>& processes) {
  std::map<std::string, std::set<int>> numbers;
  std::map<std::string, std::size_t> counting;
  for (const MeasuredProcess& process : processes) {
    numbers[process.library].insert(process.process);
    counting[process.library] += process.counts;
  }
  return std::any_of(numbers.begin(), numbers.end(), [&](const auto& entry) {
    const std::size_t found = counting.at(entry.first);
    return 2 * found < entry.second.size() || (found < 2 && entry.second.size() >= 2);
  });
}

/// Which samples of a process were disturbed, and whether that leaves each row at least one.
void mark_disturbed_samples(MeasuredProcess& process, double level) {
  process.loses_a_row = false;
  std::set<std::string> rows;
  std::set<std::string> kept;
  for (MeasuredSample& sample : process.samples) {
    sample.disturbed = sample.reading ? is_disturbed(process.probe.at(*sample.reading), level) ||
                                            is_disturbed(process.probe.at(*sample.reading + 1), level)
                                      : process.is_disturbed();
    const std::string name = sample.row.at("name");
    rows.insert(name);
    if (!sample.disturbed) kept.insert(name);
  }
  // Half a process would leave a geometric mean without a workload.
  process.loses_a_row = kept.size() < rows.size();
}

} // namespace

void judge_processes(Measurement& measurement, bool is_final) {
  std::vector<ProbeReading> readings;
  for (const MeasuredProcess& process : measurement.processes)
    readings.insert(readings.end(), process.probe.begin(), process.probe.end());
  const double level = quiet_level(readings);
  measurement.probe = {level, false};
  std::set<Slot> settled;
  for (MeasuredProcess& process : measurement.processes) {
    process.state = probe_state(process.probe, level);
    mark_disturbed_samples(process, level);
    process.counts = !process.is_disturbed() && settled.insert(slot_of(process)).second;
    for (MeasuredSample& sample : process.samples) sample.counts = process.counts && !sample.disturbed;
  }
  if (!is_final || !is_unsettled(measurement.processes)) return;
  measurement.probe.unsettled = true;
  // Later attempts were made because earlier ones were disturbed, so they aren't a fair sample of the time.
  for (MeasuredProcess& process : measurement.processes) {
    process.counts = process.attempt == 0;
    for (MeasuredSample& sample : process.samples) sample.counts = process.counts;
  }
}

std::map<std::string, RowTimes> times_of(const Measurement& measurement,
                                         const std::function<bool(const MeasuredSample&)>& takes) {
  std::map<std::string, RowTimes> times;
  for (const MeasuredProcess& process : measurement.processes)
    for (const MeasuredSample& sample : process.samples) {
      if (!takes(sample)) continue;
      RowTimes& of_row = times[sample.row.at("name")];
      const double cpu = sample.row.at("cpu_time");
      of_row.cpu_nanoseconds[process.process].push_back(cpu);
      if (const auto prepare = sample.row.find("prepare_time"); prepare != sample.row.end())
        of_row.prepare_shares.push_back(prepare->get<double>() / cpu);
    }
  return times;
}

} // namespace dispatchbench
