// What `compare` is asked to compare.
#pragma once

#include "commands/options.h"
#include "comparing/subject.h"

#include <initializer_list>
#include <string>

namespace dispatchbench {

/// Throws UsageError if one of `options` was given, which have no use together with `mode`.
void refuse_useless(const Options& given, const std::string& mode,
                    std::initializer_list<const char*> options);

/// Refuses options that can't be combined: what is left says which libraries and backends are meant. Throws
/// UsageError.
void check_compare_usage(const Options& options);

/// The two sides that the options name. Throws UsageError, or Failure for a library that can't be used.
ComparisonSubject make_subject(const Options& options);

} // namespace dispatchbench
