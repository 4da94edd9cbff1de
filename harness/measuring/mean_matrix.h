// All libraries and backends in one table that fits a screen.
#pragma once

#include "measuring/analysis.h"
#include "subjects/audit_file.h"

#include <cstddef>
#include <string>
#include <vector>

namespace dispatchbench {

/// The library's backend that `baseline` names, or the one of all; nothing if it wasn't measured. Full tables
/// borrow another library's there: in one table that would read as if it were the same.
std::optional<Competitor> own_baseline(const Analysis& analysis, const std::string& library,
                                       const Baseline& baseline);

/// Libraries down, backends across: the geometric mean of each one's time relative to `baseline`, with a
/// letter for what its machine code is, and a legend. In lines of at most `columns` characters, unless a name
/// is longer; in several blocks if the backends need them.
std::string mean_matrix(const Analysis& analysis, const std::vector<AuditedLibrary>& libraries,
                        const Baseline& baseline, std::size_t columns);

} // namespace dispatchbench
