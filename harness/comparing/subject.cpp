#include "comparing/subject.h"

#include "subjects/audit_file.h"
#include "subjects/library_files.h"
#include "subjects/name_filter.h"
#include "system/errors.h"
#include "system/files.h"

#include <fmt/format.h>

#include <optional>

namespace dispatchbench {
namespace {

/// Notes the backends that are chosen on one side and missing on the other.
void note_missing(const ComparedSide& has, const ComparedSide& lacks, Side lacking,
                  const BackendChoice& choice, std::vector<std::string>& notes) {
  const LibraryDescription& other = lacks.layouts.front();
  for (const auto& backend : has.layouts.front().backends)
    if (choice.takes(backend) && other.find(backend.name) == nullptr)
      notes.push_back(fmt::format("{} is not compared: the {} library, {}, has no such backend: {}",
                                  backend.name, name_of(lacking), lacks.label,
                                  other.why_missing(backend.name)));
}

void check_has(const ComparedSide& side, const std::string& backend) {
  for (const LibraryDescription& library : side.layouts)
    if (library.find(backend) == nullptr)
      throw UsageError(fmt::format("{}: has no backend {}: {}; dispatchbench list shows what there is",
                                   library.file.path.string(), backend, library.why_missing(backend)));
}

} // namespace

ComparedSide describe_side(const std::vector<std::string>& arguments, const std::string& option) {
  ComparedSide side;
  for (const std::string& argument : arguments) {
    const LabelledPath named = parse_labelled_path(argument, option);
    if (side.label.empty()) side.label = named.label.empty() ? option.substr(2) : named.label;
    for (LibraryFile file : libraries_at(named.path)) {
      file.label = side.label;
      side.layouts.push_back(Sampler(file, {}).library());
    }
  }
  return side;
}

ComparisonSubject same_backends(ComparedSide baseline, ComparedSide candidate, const BackendChoice& choice) {
  ComparisonSubject subject{std::move(baseline), std::move(candidate), {}, {}};
  for (const auto& backend : subject.baseline.layouts.front().backends)
    if (choice.takes(backend) && subject.candidate.layouts.front().find(backend.name) != nullptr)
      subject.backends.emplace_back(backend.name, backend.name);
  note_missing(subject.baseline, subject.candidate, Side::candidate, choice, subject.notes);
  note_missing(subject.candidate, subject.baseline, Side::baseline, choice, subject.notes);
  const std::string& filter = choice.expression();
  if (!subject.backends.empty()) return subject;
  std::vector<std::string> on_request = choice.left_on_request({subject.baseline.layouts.front()});
  std::erase_if(on_request, [&](const std::string& backend) {
    return subject.candidate.layouts.front().find(backend) == nullptr;
  });
  if (!on_request.empty())
    throw UsageError(
        fmt::format("no backend that both libraries have is measured without being asked for; {}",
                    on_request_hint(on_request)));
  throw UsageError(fmt::format("{}no backend that both libraries have; {}--base-backend and "
                               "--head-backend compare two of different names",
                               filter.empty() ? "there is " : fmt::format("--backend {}: matches ", filter),
                               filter.empty() ? "" : fmt::format("{}, and ", whole_names_hint)));
}

ComparisonSubject two_backends(ComparedSide baseline, ComparedSide candidate, const BackendPair& backends) {
  check_has(baseline, backends.first);
  check_has(candidate, backends.second);
  return {std::move(baseline), std::move(candidate), {backends}, {}};
}

std::set<BackendPair> identical_backends(const ComparisonSubject& subject) {
  // A file that two different hosts run is not the same code.
  std::set<std::pair<std::vector<std::string>, std::string>> files;
  std::set<std::vector<std::string>> hosts;
  std::vector<AuditFile> baseline_audits, candidate_audits; // Read once: each describes every backend.
  const auto read = [&](const ComparedSide& side, std::vector<AuditFile>& audits) {
    for (const LibraryDescription& library : side.layouts) {
      files.emplace(library.file.host, read_file(library.file.path, "a backend library"));
      hosts.insert(library.file.host);
      audits.push_back(read_audit(library));
    }
  };
  read(subject.baseline, baseline_audits);
  read(subject.candidate, candidate_audits);

  std::set<BackendPair> identical;
  for (const BackendPair& backends : subject.backends) {
    std::set<std::optional<std::string>> hashes;
    for (const AuditFile& audit : baseline_audits) hashes.insert(audit.code_hash(backends.first));
    for (const AuditFile& audit : candidate_audits) hashes.insert(audit.code_hash(backends.second));
    const bool same_hash = hosts.size() == 1 && hashes.size() == 1 && hashes.begin()->has_value();
    if ((files.size() == 1 && backends.first == backends.second) || same_hash) identical.insert(backends);
  }
  return identical;
}

std::vector<std::string> notes_on_audits(const ComparisonSubject& subject) {
  std::vector<std::string> notes;
  for (const Side side : {Side::baseline, Side::candidate}) {
    const ComparedSide& compared = side == Side::baseline ? subject.baseline : subject.candidate;
    const LibraryDescription& library = compared.layouts.front(); // The others are the same code.
    const AuditFile& audit = read_audit(library);
    if (!audit.problem.empty()) {
      notes.push_back(fmt::format("the machine code of the {} library is not compared: {}", name_of(side),
                                  audit.problem));
      continue;
    }
    for (const BackendPair& backends : subject.backends) {
      const std::string& name = side == Side::baseline ? backends.first : backends.second;
      const BackendAudit* const found = audit.find(name);
      if (found == nullptr || audit.code_hash(name)) continue;
      const nlohmann::json reason = found->all.value("code_hash_reason", nlohmann::json());
      notes.push_back(fmt::format(
          "the machine code of {} in the {} library can't be compared, so it is measured: {}", name,
          name_of(side), reason.is_string() ? reason.get<std::string>() : "it isn't said why"));
    }
  }
  return notes;
}

} // namespace dispatchbench
