// The moments of a program at which a cold start is timed.
#pragma once

#include "subjects/workload.h"

#include <array>
#include <cstdint>
#include <vector>

namespace dispatchbench {

/// After about how many VM instructions a cold start is timed.
inline constexpr std::array<std::uint64_t, 3> cold_distances{10'000, 100'000, 1'000'000};

/// A device write that every backend makes after the same number of instructions. Nothing else shows how far
/// a backend has come without slowing it down.
struct ColdMark {
  std::size_t distance = 0;       ///< Index in `cold_distances`.
  std::uint64_t write = 0;        ///< Which of the program's device writes, from 1.
  std::uint64_t instructions = 0; ///< Begun until then, that of the write included.
};

/// For each of `cold_distances` the device write that lies nearest, if it lies within a factor of 1.5.
std::vector<ColdMark> nearest_marks(const std::vector<std::uint64_t>& instructions_at_writes);

/// Those of a workload, from a run on the reference. Throws Failure if it takes too many instructions.
std::vector<ColdMark> cold_marks(const Workload& workload, std::uint64_t max_instructions);

} // namespace dispatchbench
