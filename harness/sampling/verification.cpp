#include "sampling/verification.h"

#include "system/interruption.h"

#include <fmt/format.h>

#include <exception>

namespace dispatchbench {
namespace {

/// Runs the row twice in its process, since the first run may leave something behind.
Verification run_and_compare(Sampler& sampler, const BenchmarkRow& row, std::chrono::milliseconds time_out) {
  Verification verification;
  for (const char* const which : {"", " in its second run in a process"}) {
    const RunOutcome outcome = sampler.run(row.workload(), row.backend, time_out);
    if (outcome.refusal) return {std::nullopt, outcome.refusal, {}};
    const std::unique_ptr<MachineState> found = sampler.state(time_out);
    if (const auto difference = first_difference(*found, row.reference->final_state->state()))
      return {fmt::format("differs from the reference{}: {}", which, *difference), std::nullopt, {}};
    verification.duration = std::chrono::nanoseconds(static_cast<long>(outcome.times.wall));
  }
  return verification;
}

} // namespace

std::chrono::milliseconds row_time_out(const ReferenceRun& reference, std::chrono::seconds time_out) {
  return time_out + std::chrono::milliseconds(reference.profile.total / 1000);
}

std::optional<std::string> digest_problem(const std::set<std::string>& digests, const std::string& expected) {
  if (digests == std::set{expected}) return std::nullopt;
  if (digests.empty()) return "its host gave no digest of the state after its timed runs";
  return fmt::format(
      "after {} timed run its state differs from the reference's, which it agreed with when it "
      "was verified; does the backend keep something from one run to the next?",
      digests.contains(expected) ? "a" : "every");
}

Verification Verifier::verify(const BenchmarkRow& row) {
  if (const auto& problem = check(row).problem)
    return {"its backend has failed the check: " + *problem, {}, {}};
  Host& host = hosts_[row.library];
  const bool is_fresh = host.sampler == nullptr;
  Verification verification = verify_in(host, row);
  // An earlier row may have spoiled the host: the blame must be right.
  if (verification.problem && !is_fresh && !interrupted()) verification = verify_in(host, row);
  return verification;
}

void Verifier::end_hosts(const LibraryDescription& library) {
  checks_.end_host(library);
  hosts_.erase(&library);
}

Verification Verifier::verify_in(Host& host, const BenchmarkRow& row) const {
  Verification verification;
  try {
    if (!host.sampler) host.sampler = std::make_unique<Sampler>(row.library->file, HostOptions{});
    verification = run_and_compare(*host.sampler, row, row_time_out(*row.reference, time_out_));
  } catch (const HostEnded& end) {
    verification.problem = fmt::format("the process that ran it {}", end.what());
  } catch (const std::exception& error) {
    verification.problem = error.what();
  }
  if (verification.problem) host.sampler.reset();
  return verification;
}

} // namespace dispatchbench
