// What a comparison writes: a table for the terminal, JSON with every pair, Markdown for a pull request,
// JUnit XML for dashboards.
#pragma once

#include "comparing/comparison.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace dispatchbench {

/// A finished comparison with what a reader has to know of it.
struct ComparisonReport {
  ComparedSide baseline;
  ComparedSide candidate;
  ComparisonPlan plan;
  std::vector<RowVerdict> rows;
  Verdict verdict = Verdict::not_resolved;
  bool interrupted = false;       ///< Then the verdict is of what was measured by then.
  std::vector<std::string> notes; ///< What wasn't compared and why, what was interrupted, warnings.
  nlohmann::ordered_json machine; ///< As `describe_machine` gives it.
  double seconds = 0;             ///< That it took.
  double floor = 0;               ///< This machine's A/A floor, as a share; 0 if it was never measured.
};

/// For the terminal; coloured if it takes that.
std::string comparison_table(const ComparisonReport& report);

/// Everything, every pair of processes included. No NaN or infinity: what isn't known is null.
nlohmann::ordered_json comparison_json(const ComparisonReport& report);

/// A comment for a pull request: the verdict, a table of what is not unchanged, the rest folded away.
std::string comparison_markdown(const ComparisonReport& report);

/// JUnit XML as CI dashboards read it: a test case per row; a regression is a failure, a row that can't be
/// compared an error, one that isn't resolved is skipped.
std::string comparison_junit(const ComparisonReport& report);

} // namespace dispatchbench
