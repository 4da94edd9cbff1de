// The one way to run a row: a host that has loaded a library, asked over the sampling protocol.
#pragma once

#include "checking/case_list.h"
#include "sampling/batch.h"
#include "sampling/cold_run.h"
#include "sampling/protocol.h"
#include "sampling/timed_run.h"
#include "subjects/library.h"
#include "subjects/workload.h"
#include "system/errors.h"
#include "system/host_process.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dispatchbench {

/// How a sampler's host is started. A host that isn't this program is always a fresh process.
struct HostOptions {
  /// A new process image, so with addresses drawn by the system. Otherwise a fork of this process, whose
  /// addresses all such hosts share.
  bool fresh_addresses = false;
  int cpu = -1;                  ///< Processor to pin to; -1: not pinned.
  std::uint64_t shift_pages = 0; ///< How far the library is moved from where it would lie.
  bool private_copy = false;     ///< No physical page of the library is shared with other processes.
};

/// What one run gave: its times and the digest of its end state, or why the backend refuses the program.
struct RunOutcome {
  RunTimes times;
  std::optional<std::string> refusal;
  std::string digest;
};

/// What one cold run gave, in the same way.
struct ColdOutcome {
  ColdTimes times;
  std::optional<std::string> refusal;
  std::string digest;
};

/// A row for a batch: its name, backend and workload.
struct SampledRow {
  std::string name;
  std::string backend;
  const Workload* workload;
};

/// What a batch gave: see BatchResult. A host that can't read the probe gives no readings.
using SampledBatch = BatchResult;

/// Starts a host that can run the library, without loading it. Throws Failure.
HostProcess start_host(const LibraryFile& file, const HostOptions& options);

/// A host answered with an error. The text is the host's own.
struct HostError : Failure {
  using Failure::Failure;
};

/// A host with a library loaded. Its process lives as long as this object. All members throw HostEnded if it
/// ends or gives no answer in time, and Failure if it answers with an error or nonsense.
class Sampler {
public:
  using Clock = std::chrono::steady_clock;

  /// Starts a host and loads the library.
  Sampler(const LibraryFile& file, const HostOptions& options);
  /// The same with a host started before, by `start_host`.
  Sampler(const LibraryFile& file, const HostOptions& options, HostProcess host);

  /// What the library says of itself.
  const LibraryDescription& library() const { return library_; }
  /// Whether the host could be pinned to the processor asked for.
  bool pinned() const { return pinned_; }
  /// Why it couldn't; empty if it doesn't say.
  const std::string& not_pinned() const { return not_pinned_; }

  /// One whole run of a workload. `workload` must stay where it is: it is sent to the host once.
  RunOutcome run(const Workload& workload, const std::string& backend, std::chrono::milliseconds time_out);

  /// One whole run whose time depends on nothing that ran earlier; `added_steps` as in the protocol.
  RunOutcome run_afresh(const Workload& workload, const std::string& backend,
                        std::chrono::milliseconds time_out, std::uint64_t added_steps);

  /// One whole run, timed up to those of its device writes: see cold_run.h.
  ColdOutcome cold(const Workload& workload, const std::string& backend,
                   const std::vector<std::uint64_t>& writes, std::chrono::milliseconds time_out);

  /// The machine's state after the last run.
  std::unique_ptr<MachineState> state(std::chrono::milliseconds time_out);

  /// Samples of all rows in random order; `on_begin` is called with a row's name before each.
  SampledBatch batch(const std::vector<SampledRow>& rows, int repetitions, std::uint64_t seed,
                     const std::vector<std::string>& benchmark_flags, std::chrono::milliseconds time_out,
                     const std::function<void(const std::string&)>& on_begin);

  /// Gives the host cases for `check`, some hundred at a time, each within `time_out`. Throws HostError if it
  /// takes none.
  void take_cases(const std::vector<CheckCase>& cases, std::chrono::milliseconds time_out);

  /// Runs a backend from every case's start; the next case takes at most `time_out()`. Each answer is a line:
  /// what `is_right` accepts is done with, `on_other` gets what another line says. Returns how the process
  /// that ran them ended, if it did before the last one.
  std::optional<std::string> check(const std::string& backend,
                                   const std::function<std::chrono::milliseconds()>& time_out,
                                   const std::function<bool(const std::string&)>& is_right,
                                   const std::function<void(const nlohmann::ordered_json&)>& on_other);

private:
  /// Calls `read`; what it can't read in an answer becomes a Failure that names the library.
  template <class Read> auto understood(const Read& read) const;
  /// Throws Failure unless a run can have taken that long.
  void check_time(double nanoseconds) const;
  void send(const nlohmann::ordered_json& request, Clock::time_point deadline);
  nlohmann::ordered_json ask(const nlohmann::ordered_json& request, Clock::time_point deadline);
  nlohmann::ordered_json answer(Clock::time_point deadline);
  nlohmann::ordered_json parsed(const std::string& line) const;
  /// Sends a request to run, completed by the backend and the program.
  RunOutcome run(const Workload& workload, const std::string& backend, std::chrono::milliseconds time_out,
                 nlohmann::ordered_json request);
  std::size_t number_of(const Workload& workload, Clock::time_point deadline);

  LibraryFile file_;
  HostProcess host_;
  LibraryDescription library_;
  bool pinned_ = false;
  std::string not_pinned_;
  std::map<const Workload*, std::size_t> programs_; ///< The host's numbers of those it has.
};

/// Asks a host what each library says of itself. Labels must differ (UsageError). If one can't be loaded,
/// `on_failure` is told and it is left out. Throws what `on_failure` throws, and Interrupted after a signal.
std::vector<LibraryDescription>
describe_libraries(const std::vector<LibraryFile>& files,
                   const std::function<void(const LibraryFile& file, const Failure& failure)>& on_failure);

/// The same. Throws Failure, naming the file, if one can't be loaded.
std::vector<LibraryDescription> describe_libraries(const std::vector<LibraryFile>& files);

} // namespace dispatchbench
