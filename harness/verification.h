// Nothing is timed before it is proved right: every backend of every library runs every workload, in a child
// process with a time-out, and its whole machine state and output are compared with the reference's.
#pragma once

#include "library.h"
#include "reference.h"
#include "workload.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dispatchbench {

/// A workload after the reference has run it.
struct ReferenceRun {
  Workload workload;
  InstructionProfile profile;
  std::unique_ptr<VirtualMachine> final_state;
};

/// Runs `workload` on the reference and holds the outcome against its workload.json. Throws Failure with the
/// first difference.
ReferenceRun run_reference(const Workload& workload, std::uint64_t max_instructions);

/// One (workload, backend, library) that a command works on.
struct BenchmarkRow {
  const ReferenceRun* reference;
  const LibraryDescription* library;
  std::string backend;

  /// `workload/backend/label`.
  std::string name() const { return reference->workload.name + '/' + backend + '/' + library->label; }
};

/// Every combination, workloads outermost, of the backends that `backend_filter` matches. Throws UsageError
/// if it matches none in any library.
std::vector<BenchmarkRow> make_rows(const std::vector<ReferenceRun>& references,
                                    const std::vector<LibraryDescription>& libraries,
                                    const std::string& backend_filter);

/// What verifying one row found.
struct Verification {
  std::optional<std::string>
      problem; ///< The first difference, the crash or the time-out; nothing if all agrees.
  std::chrono::nanoseconds duration{}; ///< Of one run: an estimate for planning, nothing more.
};

/// Runs one row in a child and compares. The child may take `time_out` and a microsecond for each VM
/// instruction, which is far above any honest run, on an emulator too.
Verification verify_row(const BenchmarkRow& row, std::chrono::seconds time_out);

} // namespace dispatchbench
