// A program's run on a backend, timed by this system's clocks.
#pragma once

#include "sampling/program_run.h"

#include <ctime>
#include <optional>
#include <string>

namespace dispatchbench {

/// What a timed run took, nanoseconds.
struct RunTimes {
  double cpu = 0;
  double wall = 0;
  double prepare = 0; ///< Part of `cpu`.
};

/// The time of `clock` in nanoseconds.
double nanoseconds(clockid_t clock);

/// CPU time of this thread that `prepare` takes, and its refusal if it refuses.
struct Preparation {
  double cpu = 0;
  const char* refusal = nullptr;
};

/// Prepares and times that, if the backend prepares at all; reading clocks would cost the others time.
Preparation timed_preparation(ProgramRun& run, const Backend& backend);

/// Loads a program, and the processor forgets what ran before. Never part of a sample.
void load_afresh(ProgramRun& run, const Program& program, const Backend& backend);

/// Makes the processor forget what ran before, then runs the program once, untimed, unless the backend
/// refuses it: the next run pays neither for page faults nor for untrained predictors, and doesn't depend on
/// other programs.
void start_afresh(ProgramRun& run, const Backend& backend, const Program& program);

/// Loads, prepares and runs a program, timed, then does `added_steps` steps of a chain of dependent
/// multiplications, timed too. Nothing if the backend refuses; `refusal` says why.
std::optional<RunTimes> timed_run(ProgramRun& run, const Backend& backend, const Program& program,
                                  std::uint64_t added_steps, std::string& refusal);

/// Nanoseconds of CPU time of one of those steps, measured here and now.
double step_nanoseconds();

} // namespace dispatchbench
