// The paired comparison of two libraries, or of two backends: from pairs of processes to verdicts.
#pragma once

#include "comparing/verdict.h"
#include "subjects/library.h"

#include <functional>
#include <string>
#include <vector>

namespace dispatchbench {

/// One side of a comparison.
struct ComparedSide {
  std::string label;
  std::vector<LibraryDescription> layouts; ///< One library, or several that differ in layout alone.
};

/// Progress of a comparison: the share done (0 to 1, of the most that there may be to do) and what goes on.
using OnProgress = std::function<void(double share, const std::string& what)>;

/// CPU time of one run of each row, nanoseconds: the slower side's, from a few samples of the first layouts
/// in one pair of processes. 0 where a process ended or hung.
std::vector<double> measure_run_times(const std::vector<ComparedRow>& rows, const ComparedSide& baseline,
                                      const ComparedSide& candidate, int cpu, int rounds,
                                      std::chrono::seconds time_out);

/// Measures and judges `rows`, all verified on both sides. Returns one entry per row, in order; rows that an
/// interruption left without a decision are not resolved.
std::vector<RowVerdict> compare_rows(const std::vector<ComparedRow>& rows, const ComparedSide& baseline,
                                     const ComparedSide& candidate, const ComparisonPlan& plan,
                                     const OnProgress& on_progress);

} // namespace dispatchbench
