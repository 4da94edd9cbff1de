// What `run` measures: the rows that agree with the reference.
#pragma once

#include "commands/options.h"
#include "measuring/measurement.h"
#include "system/terminal.h"

#include <chrono>
#include <string>
#include <vector>

namespace dispatchbench {

/// Rows that agree with the reference, those that don't, and how long one run of all of the former takes.
struct Verified {
  std::vector<BenchmarkRow> rows;
  std::vector<RowProblem> failures;
  std::vector<RowProblem> refusals;
  std::chrono::nanoseconds duration{};
};

/// Verifies all rows. Throws Interrupted.
Verified verify_rows(const std::vector<BenchmarkRow>& rows, const Options& options, Progress& progress);

/// Why no row is left.
std::string why_nothing_is_measured(const Verified& verified);

/// Prints a line for each.
void print_refusals(const std::vector<RowProblem>& refusals);

/// Says of rows that failed that they failed; those of a backend with one reason in one line.
void say_failures(const std::vector<RowProblem>& failures, const char* consequence);

} // namespace dispatchbench
