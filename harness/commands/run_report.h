// What `run` says of a measurement: its tables, its warnings and how it ended.
#pragma once

#include "commands/options.h"
#include "measuring/analysis.h"
#include "system/environment.h"

#include <string>
#include <vector>

namespace dispatchbench {

/// Prints the tables of a measurement, or the summary that takes their place, what was refused, the warnings
/// and how much was measured. `results` says in words where the results are; empty: nowhere.
void print_run_report(const Options& options, const Analysis& analysis, const Measurement& measurement,
                      const MeasurementPlan& plan, const std::vector<LibraryDescription>& libraries,
                      const Baseline& baseline, const std::vector<std::string>& warnings,
                      const std::string& results);

/// "interrupted after 7 of 20 processes of each library, which are kept".
std::string interruption_text(const Measurement& measurement, const MeasurementPlan& plan);

/// What disturbed the measurement, with a remedy for each.
std::vector<std::string> measuring_warnings(const Measurement& measurement, const MeasurementPlan& plan,
                                            const Disturbance& disturbed);

} // namespace dispatchbench
