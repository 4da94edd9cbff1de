// The check that every backend passes before any workload: opcode vectors and random programs, in a library's
// own host.
#pragma once

#include "checking/case_list.h"
#include "checking/pass_cache.h"
#include "sampling/sampler.h"
#include "subjects/library.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace dispatchbench {

/// What checking a backend found.
struct BackendCheck {
  std::optional<std::string>
      problem; ///< How many cases went wrong and how the first one did, the crash or the time-out.
  const char* where =
      nullptr; ///< In which cases it went wrong first, "vectors" or "random programs"; null: in none.
  std::optional<std::string> unable; ///< Why the library's host can't run the cases, which is no fault.
  CheckCounts counts;                ///< Of cases that were run.
  bool passed_before = false;
};

/// Checks backends, each once. A backend that passed before, with the same library, cases and program, isn't
/// run again.
class BackendChecks {
public:
  /// No case takes longer than `time_out`, and none than 5 s.
  BackendChecks(std::chrono::seconds time_out, bool use_cache);

  /// Throws Failure if the cases can't be read or this program's own reference fails them. `library` must
  /// stay where it is.
  const BackendCheck& check(const LibraryDescription& library, const std::string& backend);

  /// Ends the library's host, which holds all cases. Its backends were all checked.
  void end_host(const LibraryDescription& library) { hosts_.erase(&library); }

private:
  struct Host {
    std::unique_ptr<Sampler>
        sampler; ///< With the cases; null before the first check and after one that hung.
    std::optional<std::uint64_t> content;
    std::optional<std::string> unable;
  };

  BackendCheck run(Host& host, const LibraryDescription& library, const std::string& backend);
  BackendCheck run(Host& host, const LibraryDescription& library, const std::string& backend,
                   const CaseList& list) const;
  void start(Host& host, const LibraryDescription& library, const CaseList& list) const;
  const CaseList& cases();

  std::chrono::milliseconds time_out_;
  std::chrono::milliseconds case_time_out_;
  std::filesystem::path vectors_file_;
  std::string vectors_; ///< The file's content until it is parsed.
  std::optional<CaseList> cases_;
  std::optional<PassCache> cache_;
  std::map<const LibraryDescription*, Host> hosts_;
  std::map<std::pair<const LibraryDescription*, std::string>, BackendCheck> checks_;
};

/// "9,467 opcode vectors, 4,000 random programs", and how many of them were refused if not all.
std::string describe(const CheckCounts& counts);

} // namespace dispatchbench
