// Filters by name, as the command line takes them.
#pragma once

#include <regex>
#include <string>

namespace dispatchbench {

/// A regular expression for whole names, as everything here that is called --workload or --backend takes it:
/// a name selects just what has that name, `a|b` two of them, `.*goto.*` all that contain goto.
class NameFilter {
public:
  /// `expression`, given with `option`; empty: every name. Throws UsageError if it isn't a regular
  /// expression.
  NameFilter(std::string option, std::string expression);

  bool matches(const std::string& name) const;

private:
  std::string option_;
  std::string expression_;
  std::regex compiled_;
};

/// What to add to a message that a filter matches nothing.
inline constexpr const char* whole_names_hint =
    "it has to match a whole name, as the regular expression .*goto.* does";

/// Compiles the regular expression given with `option`. Throws UsageError naming it.
std::regex compiled_expression(const std::string& option, const std::string& expression);

} // namespace dispatchbench
