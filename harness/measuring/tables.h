// The tables and sentences that `run` prints.
#pragma once

#include "measuring/ranking.h"

#include <cstddef>
#include <string>

namespace dispatchbench {

/// Everything for one library: ns per VM instruction, ratios with intervals, the geometric mean, the ranking
/// in a sentence, and what each backend's machine code really is.
std::string library_report(const Analysis& analysis, const AuditedLibrary& audited, const KnownCode& code,
                           const Baseline& asked);

/// How many characters wide its tables are.
std::size_t tables_width(const Analysis& analysis, const LibraryDescription& library, const Baseline& asked);

/// How the backends of all libraries rank; empty for a single library.
std::string across_libraries(const Analysis& analysis, const KnownCode& code, const Baseline& asked);

} // namespace dispatchbench
