// One program on one backend, from a reset machine to its end: what a sample times. No clock and no file: the
// same source runs natively and in WebAssembly.
#pragma once

#include "abi.h"
#include "machine/virtual_machine.h"

#include <cstdint>
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

/// Runs one vector on a machine that is in some state already, prepared as for a program, and releases it.
/// Returns null, or why the backend refuses.
const char* run_from_state(const Backend& backend, Machine* machine);

/// A machine on which backends run programs, and what the last backend made of its program.
class ProgramRun {
public:
  ProgramRun() = default;
  ~ProgramRun() { release(); }
  ProgramRun(const ProgramRun&) = delete;
  ProgramRun& operator=(const ProgramRun&) = delete;

  /// Resets the machine and loads the program for `backend`. Never part of a sample.
  void load(const Program& program, const Backend& backend);

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

} // namespace dispatchbench
