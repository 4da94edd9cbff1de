// Which backends have passed the check before, by content: what a library's file, the cases or this program
// were at the time. Failures are never kept.
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace dispatchbench {

/// What a passed check has counted.
struct CheckCounts {
  std::size_t vectors = 0;
  std::size_t programs = 0;
  std::size_t refused = 0; ///< Of both.

  bool has_run() const { return vectors + programs > refused; }
  /// Such a pass says nothing of the backend.
  bool all_refused() const { return refused != 0 && !has_run(); }
};

/// Passes as small files in dispatchbench/checked in XDG_CACHE_HOME, or in ~/.cache. Where that can't be
/// written nothing is kept.
class PassCache {
public:
  /// `cases` identifies the cases and `program` this program.
  PassCache(std::uint64_t cases, std::uint64_t program);

  /// What was counted when this backend of a library with that content passed.
  std::optional<CheckCounts> find(std::uint64_t library, const std::string& backend) const;

  void keep(std::uint64_t library, const std::string& backend, const CheckCounts& counts) const;

private:
  std::string key(std::uint64_t library, const std::string& backend) const;

  std::uint64_t cases_;
  std::uint64_t program_;
  std::filesystem::path folder_; ///< Empty: there is no place.
};

} // namespace dispatchbench
