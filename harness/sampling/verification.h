// Nothing is timed before it is proved right: every backend passes the check of backend_check.h, then every
// row runs once, and its whole machine state and output are compared with the reference's.
#pragma once

#include "sampling/backend_check.h"
#include "sampling/sampler.h"
#include "subjects/row.h"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace dispatchbench {

/// What verifying one row found.
struct Verification {
  /// The first difference, the crash or the time-out, or that the backend has failed the check.
  std::optional<std::string> problem;
  std::optional<std::string> refusal;  ///< Why the backend doesn't run this program, which is no fault.
  std::chrono::nanoseconds duration{}; ///< Of one run: an estimate for planning, nothing more.
};

/// How long one run of a row may take: `time_out` and a microsecond for each VM instruction, far more than an
/// honest run takes, on an emulator too.
std::chrono::milliseconds row_time_out(const ReferenceRun& reference, std::chrono::seconds time_out);

/// What is wrong if timed runs ended with states of these digests; nothing if all are the `expected` one, the
/// reference's. A backend may be right the first time in a process and not the second.
std::optional<std::string> digest_problem(const std::set<std::string>& digests, const std::string& expected);

/// Verifies rows, each library's in one host until one goes wrong there; that row is tried again, and the
/// next one runs, in a new host.
class Verifier {
public:
  /// `time_out` as in row_time_out. With `use_cache`, a check that was passed before isn't repeated. Throws
  /// Failure if there are no opcode vectors.
  Verifier(std::chrono::seconds time_out, bool use_cache)
      : time_out_(time_out), checks_(time_out, use_cache) {}

  /// Checks the row's backend, unless that was done. Throws Failure if this program's own reference is wrong.
  const BackendCheck& check(const BenchmarkRow& row) { return checks_.check(*row.library, row.backend); }

  /// The same, and if that was passed runs the row and compares. `row.library` and the reference must stay
  /// where they are.
  Verification verify(const BenchmarkRow& row);

  /// Ends the library's hosts. All its backends were checked; a row that is verified later gets a new one.
  void end_hosts(const LibraryDescription& library);

private:
  struct Host {
    std::unique_ptr<Sampler> sampler; ///< Null before the first row and after one that went wrong.
  };
  Verification verify_in(Host& host, const BenchmarkRow& row) const;

  std::chrono::seconds time_out_;
  BackendChecks checks_;
  std::map<const LibraryDescription*, Host> hosts_;
};

} // namespace dispatchbench
