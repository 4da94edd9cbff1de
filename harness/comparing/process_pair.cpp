#include "comparing/process_pair.h"

#include "measuring/statistics.h"
#include "sampling/verification.h"
#include "system/affinity.h"
#include "system/errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

namespace dispatchbench {
namespace {

HostOptions host_options(int cpu, std::uint64_t seed) {
  constexpr std::uint64_t most_pages = 4096;
  std::mt19937_64 random(seed);
  HostOptions options;
  options.cpu = cpu;
  options.shift_pages = 1 + random() % most_pages;
  options.private_copy = true;
  return options;
}

} // namespace

const char* name_of(Side side) { return side == Side::baseline ? "baseline" : "candidate"; }

std::string ComparedRow::name() const {
  const std::string backends =
      baseline_backend == candidate_backend ? candidate_backend : candidate_backend + ':' + baseline_backend;
  return workload + '/' + backends;
}

ProcessPair::ProcessPair(const LibraryFile& baseline, const LibraryFile& candidate, int cpu,
                         std::uint64_t seed)
    : shares_processor_(cpu >= 0 && is_pinned_to(cpu)) {
  const HostOptions options = host_options(cpu, seed);
  // Both start before either loads: what the parent does in between would move the second one's memory.
  HostProcess first = start_host(baseline, options);
  HostProcess second = start_host(candidate, options);
  baseline_.emplace(baseline, options, std::move(first));
  candidate_.emplace(candidate, options, std::move(second));
}

RunTimes ProcessPair::take(Side side, const ComparedRow& row, std::uint64_t added_steps,
                           std::chrono::milliseconds time_out) {
  Sampler& sampler = side == Side::baseline ? *baseline_ : *candidate_;
  try {
    const RunOutcome outcome =
        sampler.run_afresh(row.reference->workload, row.backend(side), time_out, added_steps);
    if (outcome.refusal)
      throw SamplingFailure(fmt::format("the {} refused the program while it was measured: {}", name_of(side),
                                        *outcome.refusal));
    if (const auto problem = digest_problem({outcome.digest}, row.reference->digest))
      throw SamplingFailure(fmt::format("the {}: {}", name_of(side), *problem));
    return outcome.times;
  } catch (const Failure& failure) {
    throw SamplingFailure(
        fmt::format("while it was measured, the {}'s host answered: {}", name_of(side), failure.what()));
  } catch (const HostEnded& end) {
    throw SamplingFailure(
        fmt::format("while it was measured, the {}'s process {}", name_of(side), end.what()));
  }
}

double mean_of_faster_half(std::vector<double> times) {
  const auto half = static_cast<std::ptrdiff_t>((times.size() + 1) / 2);
  std::nth_element(times.begin(), times.begin() + half - 1, times.end());
  return std::accumulate(times.begin(), times.begin() + half, 0.0) / static_cast<double>(half);
}

PairResult take_rounds(ProcessPair& pair, const ComparedRow& row, int rounds, bool candidate_first,
                       std::uint64_t added_steps, std::chrono::milliseconds time_out) {
  std::vector<double> ratios, baseline_cpu, candidate_cpu, baseline_wall, candidate_wall;
  const auto take = [&](Side side) {
    return pair.take(side, row, side == Side::candidate ? added_steps : 0, time_out);
  };
  PairResult result;
  for (int round = 0; round < rounds; ++round) {
    if (pair.shares_processor()) read_probe_if_due(result.probe);
    RunTimes baseline, candidate;
    if (candidate_first) candidate = take(Side::candidate);
    baseline = take(Side::baseline);
    if (!candidate_first) candidate = take(Side::candidate);
    ratios.push_back(std::log(candidate.cpu / baseline.cpu));
    baseline_cpu.push_back(baseline.cpu);
    candidate_cpu.push_back(candidate.cpu);
    baseline_wall.push_back(baseline.wall);
    candidate_wall.push_back(candidate.wall);
    candidate_first = !candidate_first;
  }
  if (pair.shares_processor()) result.probe.push_back(read_probe());
  result.baseline_nanoseconds = mean_of_faster_half(baseline_cpu);
  result.candidate_nanoseconds = mean_of_faster_half(candidate_cpu);
  result.cpu = std::log(result.candidate_nanoseconds / result.baseline_nanoseconds);
  result.wall = std::log(mean_of_faster_half(candidate_wall) / mean_of_faster_half(baseline_wall));
  result.round_median = median(ratios);
  return result;
}

} // namespace dispatchbench
