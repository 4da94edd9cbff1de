#include "subjects/name_filter.h"

#include "system/errors.h"

#include <fmt/format.h>

#include <utility>

namespace dispatchbench {
namespace {

[[noreturn]] void refuse(const std::string& option, const std::string& expression, const std::string& why) {
  constexpr std::size_t longest = 200;
  throw UsageError(
      fmt::format("{} {}: isn't a regular expression: {}; expected one such as 'fib|tak'", option,
                  expression.size() > longest ? expression.substr(0, longest) + "..." : expression, why));
}

} // namespace

std::regex compiled_expression(const std::string& option, const std::string& expression) {
  // The library's compiler recurses.
  if (constexpr std::size_t longest = 10'000; expression.size() > longest)
    refuse(option, expression, fmt::format("it has {} characters, more than {}", expression.size(), longest));
  try {
    return std::regex(expression, std::regex::ECMAScript);
  } catch (const std::regex_error&) { // Its text is often beside the point.
    refuse(option, expression, "it can't be parsed");
  }
}

NameFilter::NameFilter(std::string option, std::string expression)
    : option_(std::move(option)), expression_(std::move(expression)),
      compiled_(compiled_expression(option_, expression_)) {}

bool NameFilter::matches(const std::string& name) const {
  try {
    return expression_.empty() || std::regex_match(name, compiled_);
  } catch (const std::regex_error&) {
    refuse(option_, expression_, "it takes too long to match");
  }
}

} // namespace dispatchbench
