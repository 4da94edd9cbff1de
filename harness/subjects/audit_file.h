// What tools/audit found in a library's machine code: LIBRARY.audit.json beside the library.
#pragma once

#include "subjects/library.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace dispatchbench {

/// What the audit says of one backend.
struct BackendAudit {
  std::string label;    ///< For people: "merged (2 sites)".
  std::string expected; ///< The technique that its CMake line declares.
  bool as_expected = false;
  nlohmann::json all; ///< Everything, for results.json.
};

/// A library's audit file.
struct AuditFile {
  std::filesystem::path path;
  std::map<std::string, BackendAudit> backends;
  std::string problem; ///< Why there is nothing to read, with what to do; empty if it was read.

  /// The entry of one backend, or null.
  const BackendAudit* find(const std::string& backend) const;

  /// The hash of one backend's machine code, wherever it lies; nothing if it wasn't audited.
  std::optional<std::string> code_hash(const std::string& backend) const;
};

/// Reads the audit of `library`. Never throws: measuring goes on without it, `verify --codegen` doesn't.
AuditFile read_audit(const LibraryDescription& library);

} // namespace dispatchbench
