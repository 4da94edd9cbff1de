#include "subjects/audit_file.h"

#include <fmt/format.h>

#include <fstream>

namespace dispatchbench {

const BackendAudit* AuditFile::find(const std::string& backend) const {
  const auto at = backends.find(backend);
  return at == backends.end() ? nullptr : &at->second;
}

std::optional<std::string> AuditFile::code_hash(const std::string& backend) const {
  const BackendAudit* const found = find(backend);
  if (found == nullptr || !found->all.contains("code_hash")) return std::nullopt;
  return found->all["code_hash"].get<std::string>();
}

AuditFile read_audit(const LibraryDescription& library) {
  AuditFile audit;
  audit.path = std::filesystem::path(library.file.path).replace_extension(".audit.json");
  std::error_code error;
  std::ifstream file(audit.path);
  if (!file) {
    audit.problem = fmt::format("there is no {}; make it with tools/audit {}", audit.path.string(),
                                library.file.path.string());
    return audit;
  }
  if (last_write_time(audit.path, error) < last_write_time(library.file.path, error)) {
    audit.problem = fmt::format("{}: is older than the library it describes; rebuild it with tools/audit {}",
                                audit.path.string(), library.file.path.string());
    return audit;
  }
  try {
    const nlohmann::json document = nlohmann::json::parse(file);
    for (const auto& [name, backend] : document.at("backends").items())
      audit.backends[name] = {backend.at("label"), backend.at("expected"), backend.at("as_expected"),
                              backend};
  } catch (const nlohmann::json::exception& problem) {
    audit.backends.clear();
    audit.problem =
        fmt::format("{}: isn't an audit as tools/audit writes it: {}; rebuild it with tools/audit {}",
                    audit.path.string(), problem.what(), library.file.path.string());
  }
  return audit;
}

} // namespace dispatchbench
