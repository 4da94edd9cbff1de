#include "measuring/rankable.h"

#include "sampling/sampler.h"
#include "sampling/timed_run.h"
#include "sampling/verification.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace dispatchbench {
namespace {

/// With fewer, starting and ending a vector (a call, a dozen registers, some cold branches: tens of VM
/// instructions' worth) is several per cent of what a sample divides by its instructions.
constexpr std::uint64_t fewest_instructions = 1'000;

/// A sample holds one reading of the clock, whose time no backend is to blame for. At 50 times that, it is 2
/// % of the fastest backend's time, and less of the ratios.
constexpr double shortest_run_in_readings = 50;

/// No backend executes a VM instruction in less, so a program of so many needs no trial run.
constexpr double fastest_instruction_nanoseconds = 0.05;

constexpr int trial_runs = 5;

constexpr const char* remedy = "remedy: give it more to do (a larger --input, more --frames, a loop around "
                               "it); verify and profile take it "
                               "as it is";

/// What reading the CPU clock costs here, or its resolution if that is coarser.
double clock_nanoseconds() {
  timespec resolution{};
  clock_getres(CLOCK_THREAD_CPUTIME_ID, &resolution);
  std::array<double, 101> readings{};
  for (double& reading : readings) {
    const double start = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
    reading = nanoseconds(CLOCK_THREAD_CPUTIME_ID) - start;
  }
  std::nth_element(readings.begin(), readings.begin() + readings.size() / 2, readings.end());
  return std::max(readings[readings.size() / 2], static_cast<double>(resolution.tv_nsec));
}

/// The shortest of some runs in a process that has run it before. Nothing if one goes wrong: the measurement
/// will say so.
std::optional<double> shortest_run(Sampler& sampler, const BenchmarkRow& row,
                                   std::chrono::milliseconds time_out) {
  std::optional<double> shortest;
  for (int i = 0; i < trial_runs; ++i) {
    const RunOutcome outcome = sampler.run(row.workload(), row.backend, time_out);
    if (outcome.refusal || digest_problem({outcome.digest}, row.reference->digest)) return std::nullopt;
    shortest = std::min(shortest.value_or(outcome.times.cpu), outcome.times.cpu);
  }
  return shortest;
}

class TooShort {
public:
  explicit TooShort(std::chrono::seconds time_out)
      : time_out_(time_out), shortest_(shortest_run_in_readings * clock_nanoseconds()) {}

  /// Why the row is too short, or nothing.
  std::optional<std::string> reason(const BenchmarkRow& row) {
    const std::uint64_t instructions = row.reference->profile.total;
    if (instructions < fewest_instructions)
      return fmt::format(
          "it executes {} VM instruction{}, and with fewer than {} a sample is the start and end of "
          "a run, not dispatch; {}",
          instructions, instructions == 1 ? "" : "s", fewest_instructions, remedy);
    if (static_cast<double>(instructions) * fastest_instruction_nanoseconds > shortest_) return std::nullopt;
    const std::optional<double> run = trial(row);
    if (!run || *run >= shortest_) return std::nullopt;
    return fmt::format(
        "{} runs it in {:.1f} us, and a sample shorter than {:.1f} us ({:.0f} times what reading the "
        "CPU clock takes) is too much of the clock and too little of dispatch; {}",
        row.backend, *run / 1e3, shortest_ / 1e3, shortest_run_in_readings, remedy);
  }

private:
  std::optional<double> trial(const BenchmarkRow& row) {
    if (std::exchange(library_, row.library) != row.library) sampler_.reset();
    try {
      if (!sampler_) sampler_ = std::make_unique<Sampler>(row.library->file, HostOptions{});
      return shortest_run(*sampler_, row, row_time_out(*row.reference, time_out_));
    } catch (const std::exception&) {
      sampler_.reset();
      return std::nullopt;
    }
  }

  std::chrono::seconds time_out_;
  double shortest_;
  const LibraryDescription* library_ = nullptr; ///< Whose sampler that is.
  std::unique_ptr<Sampler> sampler_;
};

} // namespace

void refuse_too_short(std::vector<BenchmarkRow>& rows, std::vector<RowProblem>& refusals,
                      std::chrono::seconds time_out) {
  TooShort too_short(time_out);
  std::map<std::pair<const ReferenceRun*, const LibraryDescription*>, std::string> reasons;
  for (const BenchmarkRow& row : libraries_outermost(rows)) {
    const std::pair program{row.reference, row.library};
    if (reasons.contains(program)) continue;
    if (auto reason = too_short.reason(row)) reasons[program] = std::move(*reason);
  }
  std::vector<BenchmarkRow> kept;
  for (const BenchmarkRow& row : rows) {
    const auto reason = reasons.find({row.reference, row.library});
    if (reason == reasons.end())
      kept.push_back(row);
    else
      refusals.push_back(problem_of(row, reason->second));
  }
  rows = std::move(kept);
}

} // namespace dispatchbench
