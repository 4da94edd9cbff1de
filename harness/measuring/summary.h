// What `run` prints where all tables together would be too long or too wide.
#pragma once

#include "measuring/mean_matrix.h"
#include "measuring/measurement.h"

#include <cstddef>
#include <string>
#include <vector>

namespace dispatchbench {

/// Less than a screen for 17 libraries of 6 backends: one table of geometric means, who leads, and what isn't
/// resolved, failed, was refused or is unavailable, as counts. In lines of at most `columns` characters.
/// `libraries` are those that aren't layout variants.
std::string run_summary(const Analysis& analysis, const Measurement& measurement,
                        const std::vector<AuditedLibrary>& libraries, const Baseline& asked,
                        std::size_t columns);

} // namespace dispatchbench
