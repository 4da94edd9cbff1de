// The tables and sentences that `run` prints.
#pragma once

#include "analysis.h"
#include "audit_file.h"

#include <map>
#include <string>

namespace dispatchbench {

/// The backend that ratios are relative to, where a library has it.
inline constexpr const char* baseline_backend = "switch_loop";

/// Everything for one library: ns per VM instruction, ratios with intervals, the geometric mean, the ranking
/// in a sentence, and what each backend's machine code really is.
std::string library_report(const Analysis& analysis, const LibraryDescription& library,
                           const AuditFile& audit);

/// How the libraries' best backends compare; empty for a single library.
std::string across_libraries(const Analysis& analysis);

} // namespace dispatchbench
