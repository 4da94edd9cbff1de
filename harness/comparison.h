// The paired comparison of two backend libraries, or of two backends: from pairs of processes to verdicts.
#pragma once

#include "comparison_sampling.h"
#include "comparison_statistics.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace dispatchbench {

/// What is said of a row, and of all rows together.
enum class Verdict {
  regressed,     ///< Head is slower than the margin allows, and a second run says so, too.
  improved,      ///< Head is faster by more than the margin, and a second run says so, too.
  unchanged,     ///< The difference is within the margin, or the machine code is the same.
  not_resolved,  ///< None of these can be told from what was measured.
  not_comparable ///< Another ABI, a wrong result, or a process that ended.
};

/// "regressed", "not resolved".
const char* name_of(Verdict verdict);

/// One side of a comparison.
struct ComparedSide {
  std::string label;
  std::vector<LibraryDescription> layouts; ///< One library, or several that differ in layout alone.
};

/// How much to measure, and how to judge it.
struct ComparisonPlan {
  std::vector<int> looks;         ///< Units after which each row is judged; see StoppingRule.
  std::vector<int> confirm_looks; ///< Likewise in the second run.
  int rounds = 0;                 ///< Rounds of a row in one pair of processes.
  int pairs_per_unit = 1;         ///< Pairs of processes whose median is one unit.
  double margin = 0.005;          ///< As a share.
  double error = 0.01;            ///< Of all intervals of the first run together.
  double confirm_error = 0.05;    ///< Of each interval of the second run.
  std::uint64_t seed = 0;
  int cpu = -1;                        ///< Processor for both processes of a pair; -1: not pinned.
  double added_share = 0;              ///< Slow-down added to the head side, for trials; 0.02 is 2 %.
  std::vector<double> run_nanoseconds; ///< What one run of each row takes; needed to add that share.

  /// The rule for one of `rows` rows in the first run.
  StoppingRule first_rule(std::size_t rows) const { return {looks, error / static_cast<double>(rows)}; }
  StoppingRule second_rule() const { return {confirm_looks, confirm_error}; }
};

/// One pair of processes, as kept in the output.
struct PairRecord {
  int unit = 0; ///< What counts as one value: pairs of the same two layouts have the same unit.
  std::size_t base_layout = 0;
  std::size_t head_layout = 0;
  PairResult result;
};

/// What one run said of a row.
struct RunOfRow {
  std::vector<PairRecord> pairs;
  std::vector<double> cpu_units; ///< Log-ratios, one per unit: the median of its pairs.
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

/// Progress of a comparison: the share done (0 to 1, of the most that there may be to do) and what goes on.
using OnProgress = std::function<void(double share, const std::string& what)>;

/// Judges a row from its runs; `second` is null if there was none. Pure.
Verdict judge(const RunOfRow& first, const RunOfRow* second, std::string& reason);

/// Whether a run found a difference, which a second one has to confirm.
bool found_difference(const RunOfRow& run);

/// Brings what a run says of its row up to date with its units. Pure.
void look_at(RunOfRow& run, const StoppingRule& rule, double margin);

/// Gives a row whose machine code is the same on both sides its verdict.
void conclude_same_code(RowVerdict& row);

/// Gives a measured row its verdict, the reason and the smallest visible effect. Pure.
void conclude(RowVerdict& row, const StoppingRule& first, const StoppingRule& second,
              const ComparisonPlan& plan);

/// Throws UsageError, naming `what` there are too few of, unless the plan's first look gives each of `rows`
/// rows an interval.
void check_resolvable(const ComparisonPlan& plan, std::size_t rows, const char* what);

/// The verdict over all rows: not comparable if any row is, then regressed, then not resolved; of rows that
/// are all improved or unchanged, improved if any is.
Verdict overall(const std::vector<RowVerdict>& rows);

/// The exit code that goes with it: 3 for a regression alone, 1 for not comparable, otherwise 0.
int exit_code_of(Verdict verdict);

/// CPU time of one run of each row, nanoseconds: the slower side's, from a few samples of the first layouts
/// in one pair of processes. 0 where a process ended or hung.
std::vector<double> measure_run_times(const std::vector<ComparedRow>& rows, const ComparedSide& base,
                                      const ComparedSide& head, int cpu, int rounds);

/// Measures and judges `rows`, all verified on both sides. Returns one entry per row, in order; rows that an
/// interruption left without a decision are not resolved.
std::vector<RowVerdict> compare_rows(const std::vector<ComparedRow>& rows, const ComparedSide& base,
                                     const ComparedSide& head, const ComparisonPlan& plan,
                                     const OnProgress& on_progress);

/// Adds one pair's result to a run and brings its units up to date.
void add_pair(RunOfRow& run, const PairRecord& record);

} // namespace dispatchbench
