// What isn't dispatch isn't ranked: a program of a few instructions measures how long it takes to start one
// and to read a clock.
#pragma once

#include "measuring/measurement.h"

#include <chrono>
#include <vector>

namespace dispatchbench {

/// Moves the rows of programs that are too short to be ranked, all verified before, from `rows` to
/// `refusals`, with the reason and a remedy. A program goes for all backends of a library: the others would
/// be compared with nothing. `time_out` as in row_time_out.
void refuse_too_short(std::vector<BenchmarkRow>& rows, std::vector<RowProblem>& refusals,
                      std::chrono::seconds time_out);

} // namespace dispatchbench
