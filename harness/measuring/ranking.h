// Who leads: the one definition for tables, summary, page and titles. The reports' half is
// dispatchbench_reports/leading.py; tests/leading_cases.json holds both to it.
#pragma once

#include "measuring/analysis.h"
#include "subjects/audit_file.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dispatchbench {

/// By competitor what its machine code is and what runs it, where that is known. Equal only where nothing
/// that can be executed or read differs.
using KnownCode = std::map<Competitor, std::string>;

/// The code of every backend of `libraries`, as far as their audits know it.
KnownCode known_code(const std::vector<AuditedLibrary>& libraries);

/// Competitors of one run in order, and what the data can't tell apart.
///
/// Those compete that were measured on every workload that any of them ran: a mean over other workloads can't
/// be ranked. Of several with the same machine code the first one alone competes: what tells copies apart is
/// noise or where the code lies, and the luckiest of many copies would win. Two are told apart if the
/// interval of their paired ratio excludes 1. The first leads alone if it can be told from every other one.
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
  /// By each of fastest_first all that have its code, itself included.
  std::map<Competitor, std::vector<Competitor>> copies;

  /// What a sentence compares the first one with: `baseline`, or the second one if that is nothing or the
  /// first one's own code.
  Competitor rival(const std::optional<Competitor>& baseline) const;
};

/// On how many workloads any of `competitors` was measured: one that is too short for all of them ranks
/// nobody.
std::size_t measured_workloads(const Analysis& analysis, const std::vector<Competitor>& competitors);

/// Ranks `competitors` by their geometric means. Of copies the first one that is given competes.
Ranking rank(const Analysis& analysis, const std::vector<Competitor>& competitors, const KnownCode& code);

/// "0.750 [0.740 0.760] times as long as".
std::string times_as_long(const Interval& ratio);

/// "fastest first: a, b (one of 3 with this code) and 2 more." Names have their library if `with_library`.
std::string order_text(const Ranking& ranking, std::size_t most, bool with_library);

/// The ranking in sentences, indented for a table's end; empty if nobody is ranked. Names get their library
/// if `with_library` or if they aren't all of one.
std::string ranking_text(const Analysis& analysis, const Ranking& ranking, const Competitor& baseline,
                         bool with_library);

} // namespace dispatchbench
