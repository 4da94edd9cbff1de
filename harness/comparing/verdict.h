// What is said of a row, and of all rows together, from what was measured. All of it is pure.
#pragma once

#include "comparing/plan.h"
#include "comparing/process_pair.h"
#include "sampling/quiet_state.h"

#include <optional>
#include <string>
#include <vector>

namespace dispatchbench {

/// What is said of a row, and of all rows together.
enum class Verdict {
  regressed,     ///< The candidate is slower than the margin allows, confirmed by a second run.
  improved,      ///< The candidate is faster by more than the margin, confirmed by a second run.
  unchanged,     ///< The difference is within the margin, or the machine code is the same.
  not_resolved,  ///< Undecided at this noise.
  not_comparable ///< Another ABI, a wrong result, a refused program, or a process that ended.
};

/// "regressed", "not resolved".
const char* name_of(Verdict verdict);

/// One pair of processes, as kept in the output.
struct PairRecord {
  int unit = 0; ///< What counts as one value: pairs of the same two layouts have the same unit.
  std::size_t baseline_layout = 0;
  std::size_t candidate_layout = 0;
  PairResult result;
  ProbeState state; ///< What the probe said of it, as far as was known at the last analysis.

  bool is_disturbed() const { return state.disturbed_share > most_disturbed_of_a_pair; }
};

/// What one run said of a row.
struct RunOfRow {
  std::vector<PairRecord> pairs;
  std::vector<PairRecord> replaced; ///< Taken in a disturbed state, and again: they don't count.
  std::vector<double> cpu_units;    ///< Log-ratios, one per unit: the median of its pairs.
  std::vector<double> wall_units;
  Decision cpu;    ///< What the verdict rests on.
  Interval wall{}; ///< Beside it, of the same units.
};

/// Everything about one row.
struct RowVerdict {
  ComparedRow row;
  Verdict verdict = Verdict::not_resolved;
  std::string reason; ///< Why, in a few words.
  RunOfRow first;
  RunOfRow second;                        ///< Without pairs if the first left nothing to confirm.
  std::optional<double> smallest_visible; ///< The slow-down found in 95 of 100 cases at this noise, a share.
};

/// Adds one pair's result to a run and recomputes its units.
void add_pair(RunOfRow& run, const PairRecord& record);

/// Puts another result in the place of the pair `index`, which is kept among those replaced.
void replace_pair(RunOfRow& run, std::size_t index, PairResult result);

/// Judges every pair by the probe. Returns the indices of those that were disturbed.
std::vector<std::size_t> judge_pairs(RunOfRow& run, double quiet_level);

/// Recomputes the run's decision from its units.
void update_decision(RunOfRow& run, const StoppingRule& rule, double margin);

/// Whether a run found a difference, which a second one has to confirm.
bool found_difference(const RunOfRow& run);

/// Judges a row from its runs; `second` is null if there was none.
Verdict judge(const RunOfRow& first, const RunOfRow* second, std::string& reason);

/// Gives a row whose machine code is the same on both sides its verdict.
void conclude_same_code(RowVerdict& row);

/// Gives a measured row its verdict, the reason and the smallest visible effect.
void conclude(RowVerdict& row, const StoppingRule& first, const StoppingRule& second,
              const ComparisonPlan& plan);

/// How many pairs the probe found disturbed, and what became of them. Empty if there were none.
std::string disturbance_note(const std::vector<RowVerdict>& rows);

/// The verdict over all rows: not comparable if any row is, then regressed, then not resolved; of rows that
/// are all improved or unchanged, improved if any is.
Verdict overall(const std::vector<RowVerdict>& rows);

/// The exit code that goes with it: 3 for a regression alone, 1 for not comparable, otherwise 0.
int exit_code_of(Verdict verdict);

} // namespace dispatchbench
