#include "sampling/timed_run.h"

#include "system/branch_history.h"
#include "system/probe.h"

#include <algorithm>
#include <array>

namespace dispatchbench {

double nanoseconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

Preparation timed_preparation(ProgramRun& run, const Backend& backend) {
  if (backend.prepare == nullptr) return {};
  const double start = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
  const char* const refusal = run.prepare();
  return {nanoseconds(CLOCK_THREAD_CPUTIME_ID) - start, refusal};
}

void load_afresh(ProgramRun& run, const Program& program, const Backend& backend) {
  run.load(program, backend);
  forget_branches();
}

void start_afresh(ProgramRun& run, const Backend& backend, const Program& program) {
  load_afresh(run, program, backend);
  if (run.prepare() == nullptr) run.run(program);
}

std::optional<RunTimes> timed_run(ProgramRun& run, const Backend& backend, const Program& program,
                                  std::uint64_t added_steps, std::string& refusal) {
  run.load(program, backend);
  const double wall = nanoseconds(CLOCK_MONOTONIC);
  const double cpu = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
  const Preparation preparation = timed_preparation(run, backend);
  if (preparation.refusal != nullptr) {
    refusal = preparation.refusal;
    return std::nullopt;
  }
  run.run(program);
  multiply_in_sequence(added_steps);
  const double cpu_end = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
  return RunTimes{cpu_end - cpu, nanoseconds(CLOCK_MONOTONIC) - wall, preparation.cpu};
}

double step_nanoseconds() {
  constexpr std::uint64_t steps = 200'000;
  std::array<double, 9> times{};
  for (double& time : times) {
    const double start = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
    multiply_in_sequence(steps);
    time = (nanoseconds(CLOCK_THREAD_CPUTIME_ID) - start) / static_cast<double>(steps);
  }
  std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
  return times[times.size() / 2];
}

} // namespace dispatchbench
