// Whether what ratios are to be relative to is measured at all.
#pragma once

#include "subjects/backend_choice.h"
#include "subjects/library.h"
#include "subjects/row.h"

#include <vector>

namespace dispatchbench {

/// Throws UsageError, naming the choices, unless a row that is measured has the baseline asked for. The
/// default isn't insisted on: without it ratios are relative to another backend, as the tables say.
void check_baseline(const Baseline& baseline, const std::vector<BenchmarkRow>& rows,
                    std::vector<LibraryDescription> libraries, const BackendChoice& choice);

} // namespace dispatchbench
