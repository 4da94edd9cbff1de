// A/A calibration: the false-alarm rate and the smallest detectable slow-down on this machine.
#pragma once

#include "comparing/comparison.h"

#include <string>
#include <vector>

namespace dispatchbench {

/// One row over all A/A trials.
struct AaRow {
  std::string name;
  int first_run_alarms = 0; ///< Trials whose first run found a difference.
  int false_alarms = 0;     ///< Those that the second run confirmed: a verdict that is wrong.
  double widest = 0;        ///< How far from 0 an interval lay at most, as a share.
  double smallest_visible =
      0; ///< The slow-down found in 95 of 100 cases at this noise, a share; may be infinite.
};

/// All of it.
struct AaSummary {
  int trials = 0;
  std::vector<AaRow> rows;
  int false_alarms = 0;
  /// The smallest margin that at most one first run in 100 (of all rows and trials) found exceeded.
  double floor = 0;
  double smallest_visible = 0; ///< Of the row that is worst.
};

/// `trials` are outcomes of `compare_rows` over the same rows and plan, seeds aside.
AaSummary summarize_aa(const std::vector<std::vector<RowVerdict>>& trials, const ComparisonPlan& plan);

/// For the terminal.
std::string aa_table(const AaSummary& summary, const ComparisonPlan& plan);

} // namespace dispatchbench
