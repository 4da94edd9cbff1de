// Filters by name, as the command line takes them.
#pragma once

#include <regex>
#include <string>

namespace dispatchbench {

/// Compiles the regular expression given with `option`. Throws UsageError naming it.
std::regex filter_expression(const std::string& option, const std::string& expression);

} // namespace dispatchbench
