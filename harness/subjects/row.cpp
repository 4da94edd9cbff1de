#include "subjects/row.h"

#include "system/errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace dispatchbench {

std::string row_name(const std::string& workload, const Competitor& competitor) {
  return workload + '/' + competitor.name();
}

RowName parse_row_name(const std::string& name) {
  const auto label = name.rfind('/');
  const auto backend = label == std::string::npos || label == 0 ? label : name.rfind('/', label - 1);
  if (backend == std::string::npos || label == 0)
    throw Failure(fmt::format("row \"{}\": expected workload/backend/label", name));
  return {name.substr(0, backend), {name.substr(backend + 1, label - backend - 1), name.substr(label + 1)}};
}

Baseline parse_baseline(const std::string& text) {
  const auto slash = text.find('/');
  Baseline baseline{text.substr(0, slash), std::nullopt};
  if (slash != std::string::npos) baseline.library = text.substr(slash + 1);
  if (baseline.backend.empty() || (baseline.library && baseline.library->empty()))
    throw UsageError(fmt::format("--baseline {}: expected BACKEND or BACKEND/LABEL", text));
  return baseline;
}

std::vector<BenchmarkRow> make_rows(const std::vector<ReferenceRun>& references,
                                    const std::vector<LibraryDescription>& libraries,
                                    const BackendChoice& choice) {
  std::vector<BenchmarkRow> rows;
  for (const ReferenceRun& reference : references)
    for (const LibraryDescription& library : libraries)
      for (const auto& backend : library.backends)
        if (choice.takes(backend)) rows.push_back({&reference, &library, backend.name});
  if (rows.empty() && !references.empty()) refuse_backends(libraries, choice.expression());
  return rows;
}

// References, libraries and their backends lie in a vector each, in their order.
std::vector<BenchmarkRow> libraries_outermost(std::vector<BenchmarkRow> rows) {
  std::ranges::sort(rows, {}, [](const BenchmarkRow& row) {
    return std::tuple(row.library, row.reference, row.library->find(row.backend));
  });
  return rows;
}

std::vector<BenchmarkRow> workloads_outermost(std::vector<BenchmarkRow> rows) {
  std::ranges::sort(rows, {}, [](const BenchmarkRow& row) {
    return std::tuple(row.reference, row.library, row.library->find(row.backend));
  });
  return rows;
}

void refuse_backends(const std::vector<LibraryDescription>& libraries, const std::string& backend_filter) {
  std::string available;
  for (const LibraryDescription& library : libraries) {
    available += fmt::format("\n  {}:", library.label());
    for (const auto& backend : library.backends) available += ' ' + backend.name;
    for (const auto& backend : library.unavailable)
      available += fmt::format("\n    {} is unavailable: {}", backend.name, backend.reason);
  }
  if (backend_filter.empty())
    throw UsageError(fmt::format("the loaded libraries have no backend that is measured without being asked "
                                 "for; name some with --backend, or give --all; there are:{}",
                                 available));
  throw UsageError(fmt::format("--backend {}: matches no backend of the loaded libraries; {}; there are:{}",
                               backend_filter, whole_names_hint, available));
}

} // namespace dispatchbench
