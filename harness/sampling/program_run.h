// One program on one backend, from a reset machine to its end: what a sample times.
#pragma once

#include "abi.h"
#include "machine/virtual_machine.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dispatchbench {

/// A ROM and what it is given.
struct Program {
  std::string name;
  std::vector<std::uint8_t> rom;
  ProgramInput input;
};

/// Runs one vector to its BRK, with a new budget whenever the backend stops at the end of one.
void run_vector(const Backend& backend, Machine* machine);

/// A machine on which backends run programs, and what the last backend made of its program.
class ProgramRun {
public:
  ProgramRun() = default;
  ~ProgramRun() { release(); }
  ProgramRun(const ProgramRun&) = delete;
  ProgramRun& operator=(const ProgramRun&) = delete;

  /// Resets the machine and loads the program for `backend`. Never part of a sample.
  void load(const Program& program, const Backend& backend);

  /// The same, and the processor forgets what ran before. Never part of a sample.
  void load_afresh(const Program& program, const Backend& backend);

  /// Lets the backend decode or compile what is loaded, if it does such a thing. Returns null, or why it
  /// refuses the program.
  const char* prepare();

  /// Runs every vector.
  void run(const Program& program);

  /// Frees what `prepare` made. Never part of a sample.
  void release();

  StateView state() const { return machine_.state(); }
  Machine& machine() { return machine_.machine(); }

private:
  VirtualMachine machine_;
  const Backend* backend_ = nullptr;
  bool prepared_ = false;
};

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
