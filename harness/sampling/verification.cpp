#include "sampling/verification.h"

#include "system/errors.h"

#include <fmt/format.h>

#include <exception>

namespace dispatchbench {
namespace {

Verification run_and_compare(Sampler& sampler, const BenchmarkRow& row, std::chrono::milliseconds time_out) {
  const RunOutcome outcome = sampler.run(row.workload(), row.backend, time_out);
  if (outcome.refusal) return {std::nullopt, outcome.refusal, {}};
  const std::unique_ptr<MachineState> found = sampler.state(time_out);
  if (const auto difference = first_difference(*found, row.reference->final_state->state()))
    return {"differs from the reference: " + *difference, std::nullopt, {}};
  return {std::nullopt, std::nullopt, std::chrono::nanoseconds(static_cast<long>(outcome.times.wall))};
}

} // namespace

Verification Verifier::verify(const BenchmarkRow& row) {
  const auto time_out = time_out_ + std::chrono::milliseconds(row.reference->profile.total / 1000);
  std::unique_ptr<Sampler>& sampler = samplers_[row.library];
  Verification verification;
  try {
    if (!sampler) sampler = std::make_unique<Sampler>(row.library->file, HostOptions{});
    verification = run_and_compare(*sampler, row, time_out);
  } catch (const HostEnded& end) {
    verification.problem = fmt::format("the process that ran it {}", end.what());
  } catch (const std::exception& error) {
    verification.problem = error.what();
  }
  if (verification.problem) sampler.reset();
  return verification;
}

} // namespace dispatchbench
