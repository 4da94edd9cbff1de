// The first instructions of a program on a backend: what one pays before anything is decoded, compiled or in
// a cache.
#pragma once

#include "sampling/program_run.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dispatchbench {

/// CPU time in nanoseconds from just before the backend prepares the program, and memory.
struct ColdTimes {
  double prepare = 0;         ///< Until it was prepared.
  std::vector<double> writes; ///< Until each of the device writes asked for.
  double whole = 0;           ///< Until the program's end.
  /// By how many bytes the process's own memory grew from before preparing to the program's end: what the
  /// backend made of the program, and what the harness keeps of its output. See own_memory.h.
  std::optional<std::uint64_t> memory;
};

/// Loads a program, prepares and runs it, and reads the clock at those of its device writes, ascending and
/// numbered from 1. Nothing if the backend refuses; `refusal` says why. Cold only in a process that has run
/// nothing before.
std::optional<ColdTimes> cold_run(ProgramRun& run, const Backend& backend, const Program& program,
                                  const std::vector<std::uint64_t>& writes, std::string& refusal);

} // namespace dispatchbench
