#include "commands/baseline_choice.h"

#include "system/errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace dispatchbench {

void check_baseline(const Baseline& baseline, const std::vector<BenchmarkRow>& rows,
                    std::vector<LibraryDescription> libraries, const BackendChoice& choice) {
  std::string choices;
  for (const BenchmarkRow& row : rows) {
    const Competitor competitor = row.competitor();
    if (competitor.backend == baseline.backend &&
        baseline.library.value_or(competitor.library) == competitor.library)
      return;
    if (row.reference == rows.front().reference) choices += ' ' + competitor.name();
  }
  std::erase_if(libraries, [&](const LibraryDescription& each) {
    return each.label() != baseline.library.value_or(each.label());
  });
  const std::string why = choice.why_left_out(libraries, baseline.backend);
  throw UsageError(fmt::format("--baseline {}: no such row is measured{}; there are:{}", baseline.name(),
                               why.empty() ? why : fmt::format(" ({})", why), choices));
}

} // namespace dispatchbench
