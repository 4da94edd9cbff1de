// A workload after the reference interpreter has run it: what every backend has to reproduce.
#pragma once

#include "machine/reference.h"
#include "subjects/workload.h"

#include <cstdint>
#include <memory>
#include <string>

namespace dispatchbench {

/// A workload, its instruction counts and its final machine state.
struct ReferenceRun {
  Workload workload;
  InstructionProfile profile;
  std::unique_ptr<VirtualMachine> final_state = std::make_unique<VirtualMachine>(); ///< Never null.
  std::string digest; ///< Of the final state: what every timed run has to end with.
};

/// Runs `workload` on the reference, whatever it gives. Throws Failure if it takes too many instructions
/// and Interrupted after a signal. Counts into `straight_runs` if it isn't null.
ReferenceRun run_unchecked(const Workload& workload, std::uint64_t max_instructions,
                           StraightRuns* straight_runs = nullptr);

/// Runs `workload` on the reference and checks the outcome against its workload.json. Throws Failure with the
/// first difference.
ReferenceRun run_reference(const Workload& workload, std::uint64_t max_instructions);

} // namespace dispatchbench
