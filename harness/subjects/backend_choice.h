// Which backends of the libraries a command takes.
#pragma once

#include "subjects/library.h"
#include "subjects/name_filter.h"

#include <string>
#include <vector>

namespace dispatchbench {

/// "switch_default is measured on request: give --all, or name it with --backend".
std::string on_request_hint(const std::vector<std::string>& backends);

/// Which of a library's backends are taken if no name says so.
enum class Unnamed {
  usual, ///< Those that aren't on request.
  all,
};

/// Chooses backends: by a filter for names, among all of them, or without one as `Unnamed` says.
class BackendChoice {
public:
  /// `expression` is the value of --backend; empty: none. Throws UsageError if it isn't a regular expression.
  BackendChoice(const std::string& expression, Unnamed unnamed)
      : expression_(expression), filter_("--backend", expression), unnamed_(unnamed) {}

  bool takes(const LibraryDescription::BackendDescription& backend) const {
    return expression_.empty() ? unnamed_ == Unnamed::all || !backend.on_request
                               : filter_.matches(backend.name);
  }

  /// The filter for names; empty: none.
  const std::string& expression() const { return expression_; }

  /// The backends of `libraries` that are left out because they are on request, each once.
  std::vector<std::string> left_on_request(const std::vector<LibraryDescription>& libraries) const;

  /// Why `libraries` have no measured backend of that name and what to do, for the end of a message; empty if
  /// they have one, or know no such backend.
  std::string why_left_out(const std::vector<LibraryDescription>& libraries,
                           const std::string& backend) const;

private:
  std::string expression_;
  NameFilter filter_;
  Unnamed unnamed_;
};

} // namespace dispatchbench
