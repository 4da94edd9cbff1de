// Who leads: the one definition for terminal, page and titles. The reports' half is
// dispatchbench_reports/leading.py.
#pragma once

#include "measuring/analysis.h"

#include <string>
#include <vector>

namespace dispatchbench {

/// Competitors of one run in order, and what the data can't tell apart.
///
/// Those compete that were measured on every workload that any of them ran: a mean over other workloads can't
/// be ranked. Two are told apart if the interval of their paired ratio excludes 1. The first leads alone if
/// it can be told from every other one.
struct Ranking {
  /// The first one's time over that of another competitor.
  struct Pair {
    Competitor faster;
    Competitor slower;
    std::optional<Interval> ratio;
  };

  std::vector<Competitor> fastest_first; ///< Empty if fewer than two compete.
  std::vector<Pair> tied_with_first;     ///< Those that can't be told from the first one.
  std::vector<Pair> tied_neighbours;     ///< Other neighbours in the order that can't be told apart.
};

/// On how many workloads any of `competitors` was measured: one that is too short for all of them ranks
/// nobody.
std::size_t measured_workloads(const Analysis& analysis, const std::vector<Competitor>& competitors);

/// Ranks `competitors` by their geometric means relative to `baseline`.
Ranking rank(const Analysis& analysis, const std::vector<Competitor>& competitors,
             const Competitor& baseline);

/// "0.750 [0.740 0.760] times as long as".
std::string times_as_long(const Interval& ratio);

/// The ranking in sentences, indented for a table's end; empty if nobody is ranked. Names get their library
/// if `with_library` or if it isn't the first competitor's.
std::string ranking_text(const Analysis& analysis, const Ranking& ranking, const Competitor& baseline,
                         bool with_library);

} // namespace dispatchbench
