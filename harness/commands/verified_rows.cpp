#include "commands/verified_rows.h"

#include "sampling/verification.h"
#include "system/interruption.h"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace dispatchbench {

Verified verify_rows(const std::vector<BenchmarkRow>& rows, const Options& options, Progress& progress) {
  Verified verified;
  Verifier verifier(std::chrono::seconds(options.time_out), !options.no_cache);
  std::size_t done = 0;
  const LibraryDescription* library = nullptr;
  for (const BenchmarkRow& row : libraries_outermost(rows)) {
    if (library != nullptr && library != row.library) verifier.end_hosts(*library);
    library = row.library;
    progress.show("verifying " + row.name(), static_cast<double>(done++) / static_cast<double>(rows.size()));
    const Verification verification = verifier.verify(row);
    check_interrupted("verifying");
    if (verification.problem) {
      verified.failures.push_back(problem_of(row, *verification.problem));
    } else if (verification.refusal) {
      verified.refusals.push_back(problem_of(row, *verification.refusal));
    } else {
      verified.rows.push_back(row);
      verified.duration += verification.duration;
    }
  }
  verified.rows = workloads_outermost(std::move(verified.rows));
  progress.clear();
  return verified;
}

std::string why_nothing_is_measured(const Verified& verified) {
  if (verified.refusals.empty()) return "no row agrees with the reference; nothing was measured";
  std::string text = verified.failures.empty() ? "all rows were refused; nothing was measured"
                                               : "all other rows were refused; nothing was measured";
  for (const RowProblem& refusal : verified.refusals)
    text += fmt::format("\n  {}: {}", refusal.row(), refusal.reason);
  return text;
}

void print_refusals(const std::vector<RowProblem>& refusals) {
  for (const RowProblem& refusal : refusals) fmt::print("refused: {}: {}\n", refusal.row(), refusal.reason);
}

void say_failures(const std::vector<RowProblem>& failures, const char* consequence) {
  std::map<std::pair<Competitor, std::string>, std::vector<std::string>> by_reason;
  for (const RowProblem& failure : failures)
    by_reason[{failure.competitor, failure.reason}].push_back(failure.workload);
  for (const RowProblem& failure : failures) {
    const std::vector<std::string>& workloads = by_reason.at({failure.competitor, failure.reason});
    if (workloads.size() == 1)
      say(fmt::format("{}: {}; {}", failure.row(), failure.reason, consequence));
    else if (workloads.front() == failure.workload)
      say(fmt::format("{} and {} more of {}: {}; {}", failure.row(), workloads.size() - 1,
                      failure.competitor.name(), failure.reason, consequence));
  }
}

} // namespace dispatchbench
