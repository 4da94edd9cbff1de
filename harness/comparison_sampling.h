// One pair of processes: each loads its own library, both on the same processor, and the parent takes single
// samples from them in turn.
#pragma once

#include "verification.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/types.h>
#include <vector>

namespace dispatchbench {

/// The two things that are compared.
enum class Side { base, head };

/// Another name for it in texts.
const char* side_name(Side side);

/// What a row is on each side.
struct ComparedRow {
  std::string workload;
  std::string base_backend;
  std::string head_backend;
  const ReferenceRun* reference = nullptr; ///< What is run; null where the times come from a results file.

  /// `workload/backend`, or `workload/head-backend:base-backend` where they differ.
  std::string name() const;
  const std::string& backend(Side side) const { return side == Side::base ? base_backend : head_backend; }
};

/// One timed run of a workload, nanoseconds.
struct Sample {
  double cpu = 0;
  double wall = 0;
};

/// A library file, read once and loaded by each process from a private copy of its own, so that no physical
/// page of it is the same in every process.
struct LibraryImage {
  std::string path;
  std::string bytes;
};

/// Reads the file. Throws Failure.
LibraryImage read_image(const std::filesystem::path& path);

/// A sampling process ended or hung.
struct SamplingFailure : std::runtime_error {
  SamplingFailure(Side which, const std::string& what) : std::runtime_error(what), side(which) {}
  Side side;
};

/// What one side of a pair runs.
struct PairSide {
  const LibraryImage* image;
  /// Steps of a chain of dependent multiplications after each run, inside the timed region, one per row;
  /// empty for none. A slow-down of known size, for trials.
  std::vector<std::uint64_t> added_steps;
};

/// Two child processes, alive as long as this object. Both have the same addresses, drawn at random for each
/// pair from `seed`.
class ProcessPair {
public:
  /// `rows` must outlive this object. Throws Failure if a process can't be started.
  ProcessPair(const std::vector<ComparedRow>& rows, const PairSide& base, const PairSide& head, int cpu,
              std::uint64_t seed);
  ~ProcessPair();
  ProcessPair(const ProcessPair&) = delete;
  ProcessPair& operator=(const ProcessPair&) = delete;

  /// One sample of a row on one side; the first of a row in a process comes after a run that isn't timed.
  /// Throws SamplingFailure if the process ends, or gives no answer within `time_out`.
  Sample take(Side side, std::size_t row, std::chrono::milliseconds time_out);

private:
  struct Child {
    pid_t process = -1;
    int connection = -1;
  };
  void start(Side side, const std::vector<ComparedRow>& rows, const PairSide& what, int cpu,
             std::uint64_t seed);
  void stop();
  Child& child(Side side) { return children_[side == Side::base ? 0 : 1]; }

  std::array<Child, 2> children_;
};

/// Log-ratios of head over base of one row in one pair of processes.
struct PairResult {
  double cpu = 0;  ///< Of the CPU times, each side's being the mean of its faster half of the rounds.
  double wall = 0; ///< Likewise, of the wall times.
  /// Median over rounds of the log-ratio of CPU times: kept for reference; nothing where there were no
  /// rounds.
  std::optional<double> round_median;
  double base_nanoseconds = 0; ///< CPU time of one run: the mean of the faster half.
  double head_nanoseconds = 0;
};

/// What stands for a side's times in a pair of processes: the mean of their faster half. What slows a run
/// down comes from outside of it, so the slower half says more of the neighbours; in trials this varied from
/// pair to pair by 0.7 times as much as the median over rounds of the ratio.
double mean_of_faster_half(std::vector<double> times);

/// Takes `rounds` rounds of a row: in each one sample of either side, in balanced order (base first, head
/// first, head first, base first would be the same over two rounds: ABBA), starting with the side that
/// `head_first` names.
PairResult take_rounds(ProcessPair& pair, std::size_t row, int rounds, bool head_first,
                       std::chrono::milliseconds time_out);

/// Nanoseconds of CPU time of one step of the chain of multiplications, measured here and now.
double step_nanoseconds();

} // namespace dispatchbench
