// What is run: a workload on a backend of a library, and how such a row is named.
#pragma once

#include "subjects/backend_choice.h"
#include "subjects/library.h"
#include "subjects/reference_run.h"

#include <optional>
#include <string>
#include <vector>

namespace dispatchbench {

/// A backend of a library, over all workloads.
struct Competitor {
  std::string backend;
  std::string library; ///< Label.

  auto operator<=>(const Competitor&) const = default;
  /// `backend/label`.
  std::string name() const { return backend + '/' + library; }
};

/// The name of a row: `workload/backend/label`.
std::string row_name(const std::string& workload, const Competitor& competitor);

/// What a row's name is made of.
struct RowName {
  std::string workload;
  Competitor competitor;
};

/// Takes such a name apart, for results files that have nothing else: neither backends nor labels contain a
/// slash. Throws Failure if it has fewer than two.
RowName parse_row_name(const std::string& name);

/// What ratios are relative to: a backend of each library, or of one for all.
struct Baseline {
  std::string backend = "switch_loop";
  std::optional<std::string> library; ///< Label; nothing: each library's own.

  /// As --baseline takes it: BACKEND or BACKEND/LABEL.
  std::string name() const { return library ? backend + '/' + *library : backend; }
};

/// Parses BACKEND or BACKEND/LABEL, the value of --baseline. Throws UsageError.
Baseline parse_baseline(const std::string& text);

/// One row that a command works on.
struct BenchmarkRow {
  const ReferenceRun* reference;
  const LibraryDescription* library;
  std::string backend;

  const Workload& workload() const { return reference->workload; }
  Competitor competitor() const { return {backend, library->label()}; }
  std::string name() const { return row_name(workload().name, competitor()); }
};

/// Every combination, workloads outermost, of the chosen backends. Throws UsageError if there is none in any
/// library.
std::vector<BenchmarkRow> make_rows(const std::vector<ReferenceRun>& references,
                                    const std::vector<LibraryDescription>& libraries,
                                    const BackendChoice& choice);

/// The same rows with libraries outermost, so that the hosts of one can end before the next one's start: of
/// many libraries, browsers above all, they would take gigabytes.
std::vector<BenchmarkRow> libraries_outermost(std::vector<BenchmarkRow> rows);

/// The same rows in the order of make_rows.
std::vector<BenchmarkRow> workloads_outermost(std::vector<BenchmarkRow> rows);

/// Throws UsageError: `backend_filter` matches no backend of these libraries, which are named; or, if it is
/// empty, all of them are on request.
[[noreturn]] void refuse_backends(const std::vector<LibraryDescription>& libraries,
                                  const std::string& backend_filter);

} // namespace dispatchbench
