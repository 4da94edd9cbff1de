// One pair of processes: each loads its own library, both on the same processor, and single samples are taken
// from them in turn.
#pragma once

#include "sampling/sampler.h"
#include "subjects/reference_run.h"
#include "system/probe.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace dispatchbench {

/// The two sides of a comparison.
enum class Side { baseline, candidate };

/// Its name in texts.
const char* name_of(Side side);

/// What a row is on each side.
struct ComparedRow {
  std::string workload;
  std::string baseline_backend;
  std::string candidate_backend;
  const ReferenceRun* reference = nullptr; ///< What is run; null where the times come from a results file.

  /// `workload/backend`, or `workload/candidate-backend:baseline-backend` where they differ.
  std::string name() const;
  const std::string& backend(Side side) const {
    return side == Side::baseline ? baseline_backend : candidate_backend;
  }
};

/// A sampling process ended or hung; the text says which and how.
struct SamplingFailure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Two hosts, alive as long as this object. Native ones have the same addresses, moved at random for each
/// pair by `seed`, and share no physical page of a library.
class ProcessPair {
public:
  /// Throws Failure if a host can't be started or can't load its library.
  ProcessPair(const LibraryFile& baseline, const LibraryFile& candidate, int cpu, std::uint64_t seed);

  /// One sample of a row on one side; `added_steps` as in the sampling protocol. Throws SamplingFailure if
  /// the process ends, or gives no answer within `time_out`.
  RunTimes take(Side side, const ComparedRow& row, std::uint64_t added_steps,
                std::chrono::milliseconds time_out);

  /// Whether this process can read the probe for the hosts: it runs on their processor.
  bool shares_processor() const { return shares_processor_; }

private:
  bool shares_processor_;
  std::optional<Sampler> baseline_;
  std::optional<Sampler> candidate_;
};

/// Log-ratios of candidate over baseline of one row in one pair of processes.
struct PairResult {
  double cpu = 0;  ///< Of the CPU times, each side's being the mean of the faster half of its samples.
  double wall = 0; ///< The same of the wall times.
  /// Median over rounds of the log-ratio of CPU times: kept for reference; nothing without rounds.
  std::optional<double> round_median;
  double baseline_nanoseconds = 0; ///< CPU time of one run: the mean of the faster half.
  double candidate_nanoseconds = 0;
  std::vector<ProbeReading> probe; ///< Between rounds, every 10 ms or so; empty without pinning.
};

/// Summarises one side's samples as the mean of the faster half. What slows a run down comes from outside it,
/// so the slower half says more about the neighbours; in trials this varied from pair to pair by 0.7 times as
/// much as the median over rounds of the ratio.
double mean_of_faster_half(std::vector<double> times);

/// Takes `rounds` rounds of a row after one untimed run on each side. A round is a sample of either side, in
/// balanced order (ABBA), starting with the candidate if `candidate_first`. `added_steps` slow the candidate
/// down.
PairResult take_rounds(ProcessPair& pair, const ComparedRow& row, int rounds, bool candidate_first,
                       std::uint64_t added_steps, std::chrono::milliseconds time_out);

} // namespace dispatchbench
