// What tools/audit found in a library's machine code: LIBRARY.audit.json beside the library, or an audit made
// now.
#pragma once

#include "subjects/library.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace dispatchbench {

/// The schema of audits. Those of different schemas can't be compared, not even by equal hashes.
inline constexpr int audit_schema = 2;

/// What the audit says of one backend.
struct BackendAudit {
  std::string label;    ///< For people: "merged (2 sites)".
  std::string expected; ///< The technique that its CMake line declares.
  bool as_expected = false;
  nlohmann::json all; ///< Everything, for results.json.
};

/// A library's audit.
struct AuditFile {
  std::filesystem::path path; ///< Where it lies or would lie.
  std::map<std::string, BackendAudit> backends;
  std::string problem; ///< Why there is none, with what to do; empty if there is.

  /// The entry of one backend, or null.
  const BackendAudit* find(const std::string& backend) const;

  /// The hash of everything that one backend can execute or read, wherever it lies; nothing if that isn't
  /// known.
  std::optional<std::string> code_hash(const std::string& backend) const;
};

/// A library and what its machine code is.
struct AuditedLibrary {
  const LibraryDescription* library;
  const AuditFile* audit;
};

/// The hash in a backend's entry of an audit, also as results hold it; nothing if there is none or if it was
/// made by an audit of another schema.
std::optional<std::string> code_hash_of(const nlohmann::json& backend);

/// The audit of `library`: the file beside it if that describes exactly this library, by its content; else
/// tools/audit is run. Never throws: measuring goes on without an audit, `verify --codegen` doesn't.
const AuditFile& read_audit(const LibraryDescription& library);

} // namespace dispatchbench
