// What the probe has to say of a measurement, for people and for results.json.
#pragma once

#include "measuring/analysis.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace dispatchbench {

/// The ratio of two backends of one library in the processes that count and in those that were disturbed.
struct DisturbedRatio {
  Competitor competitor;
  Competitor baseline;
  double quiet = 0;
  double disturbed = 0;
};

/// Those of each library's backends to its baseline; empty if no process was disturbed.
std::vector<DisturbedRatio> disturbed_ratios(const std::vector<BenchmarkRow>& rows,
                                             const Measurement& measurement, const Baseline& asked);

/// How many processes were disturbed, for which share of the time, and what ratios they gave. Empty if none
/// was.
std::string probe_text(const Measurement& measurement, const std::vector<DisturbedRatio>& ratios);

/// `context.dispatchbench.probe` of results.json.
nlohmann::ordered_json probe_json(const Measurement& measurement, const std::vector<DisturbedRatio>& ratios);

} // namespace dispatchbench
