#include "subjects/name_filter.h"

#include "system/errors.h"

#include <fmt/format.h>

namespace dispatchbench {

std::regex filter_expression(const std::string& option, const std::string& expression) {
  try {
    return std::regex(expression, std::regex::ECMAScript);
  } catch (const std::regex_error& error) {
    throw UsageError(fmt::format("{} {}: isn't a regular expression: {}", option, expression, error.what()));
  }
}

} // namespace dispatchbench
