// How much `run` measures, and how long that takes.
#pragma once

#include "commands/benchmark_flags.h"
#include "commands/verified_rows.h"

#include <chrono>
#include <string>

namespace dispatchbench {

/// The plan that the options ask for.
MeasurementPlan make_plan(const Options& options, const BenchmarkFlags& flags);

/// How long one process of each library takes, from the verified runs.
std::chrono::nanoseconds estimate_of_round(const Verified& verified, const MeasurementPlan& plan);

/// Prints what would run and how long that would take.
void print_plan(const Verified& verified, const MeasurementPlan& plan, std::chrono::nanoseconds round);

/// A time in whole seconds, rounded up.
std::string seconds_text(double seconds);

} // namespace dispatchbench
