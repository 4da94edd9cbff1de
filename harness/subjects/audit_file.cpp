#include "subjects/audit_file.h"

#include "system/errors.h"
#include "system/files.h"
#include "system/host_process.h"
#include "system/json_text.h"
#include "system/sha256.h"

#include <fmt/format.h>

#include <chrono>

namespace dispatchbench {
namespace {

namespace fs = std::filesystem;

const std::string audit_command = DISPATCHBENCH_SOURCE_FOLDER "/tools/audit";
/// An audit takes a third of a second for each backend, and much longer on a busy machine.
constexpr std::chrono::seconds audit_time_out{600};

/// What `document` says of each backend. Throws nlohmann::json::exception.
std::map<std::string, BackendAudit> backends_in(const nlohmann::json& document) {
  std::map<std::string, BackendAudit> backends;
  for (const auto& [name, backend] : document.at("backends").items())
    backends[name] = {backend.at("label"), backend.at("expected"), backend.at("as_expected"), backend};
  return backends;
}

/// Why the audit that lies beside a library can't be used; empty if it was read into `audit`.
std::string problem_of_file(AuditFile& audit, const std::string& library_hash) {
  std::error_code error;
  if (!fs::exists(audit.path, error)) return "there is none";
  try {
    const nlohmann::json document = nlohmann::json::parse(read_file(audit.path, "an audit"));
    if (const int schema = document.at("schema"); schema != audit_schema)
      return fmt::format("its schema is {}; expected {}", schema, audit_schema);
    if (document.at("library_hash") != library_hash) return "it describes another build of the library";
    audit.backends = backends_in(document);
    return {};
  } catch (const nlohmann::json::exception& problem) {
    return fmt::format("it isn't an audit as tools/audit writes it: {}", reason_of(problem));
  } catch (const Failure& failure) {
    return fmt::format("it isn't an audit as tools/audit writes it: {}", failure.what());
  }
}

/// Runs tools/audit and returns what it prints. Throws HostEnded if it takes too long, and Failure.
std::string output_of_audit(const fs::path& library) {
  HostProcess process = HostProcess::start(
      {"sh", "-c", R"(exec "$0" --json - --quiet "$1" 2>&1)", audit_command, fs::absolute(library).string()});
  const auto deadline = std::chrono::steady_clock::now() + audit_time_out;
  std::string output;
  try {
    while (true) output += process.receive(deadline) + '\n';
  } catch (const HostEnded&) {
    if (std::chrono::steady_clock::now() >= deadline) throw;
  }
  return output;
}

/// Audits `library` now. Returns why that failed; empty if it is in `audit`.
std::string audit_now(AuditFile& audit, const fs::path& library) {
  std::error_code error;
  if (!fs::exists(audit_command, error)) return fmt::format("{} isn't there", audit_command);
  std::string output;
  try {
    output = output_of_audit(library);
    const nlohmann::json document = nlohmann::json::parse(output);
    if (document.at("schema") != audit_schema) return fmt::format("{} is of another version", audit_command);
    audit.backends = backends_in(document);
    return {};
  } catch (const nlohmann::json::exception&) {
    while (!output.empty() && output.back() == '\n') output.pop_back();
    return output.empty() ? fmt::format("{} said nothing", audit_command) : output;
  } catch (const std::exception& problem) {
    return fmt::format("{} {}", audit_command, problem.what());
  }
}

AuditFile find_audit(const fs::path& library, const std::string& bytes, const std::string& library_hash) {
  AuditFile audit;
  audit.path = fs::path(library).replace_extension(".audit.json");
  const std::string unusable = problem_of_file(audit, library_hash);
  if (unusable.empty()) return audit;
  const bool is_elf = bytes.starts_with("\x7f"
                                        "ELF");
  const bool is_module = bytes.starts_with(std::string_view{"\0asm", 4});
  if (!is_elf && !is_module) {
    audit.problem =
        fmt::format("{}: is neither machine code in an ELF file nor a WebAssembly module", library.string());
    return audit;
  }
  const std::string failed = audit_now(audit, library);
  if (!failed.empty())
    audit.problem =
        fmt::format("{}: {}; and auditing the library now failed: {}", audit.path.string(), unusable, failed);
  return audit;
}

} // namespace

const BackendAudit* AuditFile::find(const std::string& backend) const {
  const auto at = backends.find(backend);
  return at == backends.end() ? nullptr : &at->second;
}

std::optional<std::string> AuditFile::code_hash(const std::string& backend) const {
  const BackendAudit* const found = find(backend);
  return found == nullptr ? std::nullopt : code_hash_of(found->all);
}

std::optional<std::string> code_hash_of(const nlohmann::json& backend) {
  if (!backend.is_object() || backend.value("audit_schema", 1) != audit_schema) return std::nullopt;
  const auto hash = backend.find("code_hash");
  if (hash == backend.end() || !hash->is_string()) return std::nullopt;
  return hash->get<std::string>();
}

const AuditFile& read_audit(const LibraryDescription& library) {
  static std::map<std::string, AuditFile> known; // By path and content, since an audit takes seconds.
  const fs::path& path = library.file.path;
  std::string bytes;
  try {
    bytes = read_file(path, "a backend library");
  } catch (const Failure& failure) {
    static AuditFile unreadable;
    unreadable.problem = failure.what();
    return unreadable;
  }
  const std::string library_hash = "sha256:" + sha256(bytes);
  const auto [at, is_new] = known.try_emplace(path.string() + '\n' + library_hash);
  if (is_new) at->second = find_audit(path, bytes, library_hash);
  return at->second;
}

} // namespace dispatchbench
