#include "measuring/cold_start.h"

#include "sampling/sampler.h"
#include "sampling/verification.h"
#include "system/interruption.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <random>
#include <utility>

namespace dispatchbench {
namespace {

/// One run in a process of its own. Throws std::exception if it goes wrong.
ColdTimes sample(const ColdRow& cold, const ColdPlan& plan) {
  const BenchmarkRow& row = cold.row;
  HostOptions options;
  options.cpu = plan.cpu;
  Sampler sampler(row.library->file, options);
  std::vector<std::uint64_t> writes;
  for (const ColdMark& mark : cold.marks) writes.push_back(mark.write);
  const ColdOutcome outcome =
      sampler.cold(row.workload(), row.backend, writes, row_time_out(*row.reference, plan.time_out));
  if (outcome.refusal) throw Failure("refused in its second process: " + *outcome.refusal);
  if (outcome.times.writes.size() != writes.size())
    throw Failure(fmt::format("made fewer device writes than the reference, which made {} or more",
                              writes.empty() ? 0 : writes.back()));
  if (const auto problem = digest_problem({outcome.digest}, row.reference->digest)) throw Failure(*problem);
  return outcome.times;
}

const ColdRow* find(const ColdMeasurement& measurement, const std::string& workload,
                    const Competitor& competitor) {
  for (const ColdRow& cold : measurement.rows)
    if (cold.row.workload().name == workload && cold.row.competitor() == competitor) return &cold;
  return nullptr;
}

/// Where a row's times of that distance stand in `ColdTimes::writes`; nothing if it has no such mark.
std::optional<std::size_t> position(const ColdRow& cold, std::size_t distance) {
  for (std::size_t i = 0; i < cold.marks.size(); ++i)
    if (cold.marks[i].distance == distance) return i;
  return std::nullopt;
}

} // namespace

ColdMeasurement measure_cold(const std::vector<BenchmarkRow>& rows,
                             const std::map<std::string, std::vector<ColdMark>>& marks, const ColdPlan& plan,
                             const std::function<void(double share)>& on_progress) {
  ColdMeasurement measurement;
  for (const BenchmarkRow& row : rows) measurement.rows.push_back({row, marks.at(row.workload().name), {}});
  std::mt19937_64 random(plan.seed);
  for (int process = 0; process < plan.processes && !measurement.rows.empty(); ++process) {
    std::vector<std::size_t> order(measurement.rows.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::shuffle(order.begin(), order.end(), random);
    std::vector<std::size_t> failed;
    for (std::size_t done = 0; done < order.size() && !interrupted(); ++done) {
      on_progress((process + static_cast<double>(done) / static_cast<double>(order.size())) / plan.processes);
      ColdRow& cold = measurement.rows[order[done]];
      try {
        cold.samples.push_back(sample(cold, plan));
      } catch (const std::exception& error) {
        if (interrupted()) break;
        measurement.failures.push_back(problem_of(cold.row, error.what()));
        failed.push_back(order[done]);
      }
    }
    if (interrupted()) break;
    std::sort(failed.rbegin(), failed.rend());
    for (const std::size_t index : failed)
      measurement.rows.erase(measurement.rows.begin() + static_cast<std::ptrdiff_t>(index));
    measurement.processes = process + 1;
  }
  for (ColdRow& cold : measurement.rows)
    cold.samples.resize(std::min(cold.samples.size(), static_cast<std::size_t>(measurement.processes)));
  return measurement;
}

std::optional<ColdRatio> cold_ratio(const ColdMeasurement& measurement, const Competitor& competitor,
                                    const Competitor& baseline, std::size_t distance) {
  std::vector<double> sums(static_cast<std::size_t>(measurement.processes));
  std::size_t programs = 0;
  for (const ColdRow& cold : measurement.rows) {
    if (cold.row.competitor() != competitor) continue;
    const ColdRow* const base = find(measurement, cold.row.workload().name, baseline);
    const auto at = position(cold, distance);
    if (base == nullptr || !at) continue;
    ++programs;
    for (std::size_t i = 0; i < sums.size(); ++i)
      sums[i] += std::log(cold.samples[i].writes[*at] / base->samples[i].writes[*at]);
  }
  if (programs == 0 || sums.empty()) return std::nullopt;
  for (double& sum : sums) sum /= static_cast<double>(programs);
  return ColdRatio{ratio_interval(sums), programs};
}

std::optional<double> cold_memory(const ColdMeasurement& measurement, const Competitor& competitor) {
  std::vector<double> values;
  for (const ColdRow& cold : measurement.rows) {
    if (cold.row.competitor() != competitor) continue;
    std::vector<double> bytes;
    for (const ColdTimes& each : cold.samples)
      if (each.memory) bytes.push_back(static_cast<double>(*each.memory));
    if (!bytes.empty()) values.push_back(median(std::move(bytes)));
  }
  if (values.empty()) return std::nullopt;
  return median(std::move(values));
}

std::optional<double> cold_nanoseconds(const ColdMeasurement& measurement, const Competitor& competitor,
                                       std::size_t distance) {
  std::vector<double> values;
  for (const ColdRow& cold : measurement.rows) {
    const auto at = position(cold, distance);
    if (cold.row.competitor() != competitor || !at || cold.samples.empty()) continue;
    std::vector<double> times;
    for (const ColdTimes& times_of_one : cold.samples) times.push_back(times_of_one.writes[*at]);
    values.push_back(median(std::move(times)) / static_cast<double>(cold.marks[*at].instructions));
  }
  if (values.empty()) return std::nullopt;
  return median(std::move(values));
}

} // namespace dispatchbench
