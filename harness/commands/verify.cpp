#include "audit_file.h"
#include "child_process.h"
#include "commands.h"
#include "errors.h"
#include "terminal.h"

#include <fmt/format.h>

#include <cstdio>

namespace dispatchbench {
namespace {

/// Prints what the audit found of each backend. Returns how many aren't what they are declared to be.
int check_codegen(const std::vector<LibraryDescription>& libraries) {
  int wrong = 0;
  for (const LibraryDescription& library : libraries) {
    const AuditFile audit = read_audit(library);
    if (!audit.problem.empty()) throw Failure(audit.problem);
    for (const auto& backend : library.backends) {
      const BackendAudit* const found = audit.find(backend.name);
      if (found == nullptr)
        throw Failure(fmt::format("{}: has no entry for backend {}; run tools/audit on {} again",
                                  audit.path.string(), backend.name, library.path.string()));
      wrong += !found->as_expected;
      fmt::print("{} {}/{}: {}{}\n", found->as_expected ? "ok   " : "WRONG", backend.name, library.label,
                 found->label,
                 found->as_expected ? "" : fmt::format(", but declared as {}", found->expected));
    }
  }
  return wrong;
}

} // namespace

int verify_command(const Options& options) {
  const std::vector<LibraryDescription> libraries = describe_libraries(selected_libraries(options));
  const std::vector<ReferenceRun> references = selected_references(options);
  const std::vector<BenchmarkRow> rows = make_rows(references, libraries, options.backend_filter);
  watch_for_interrupt();

  int wrong = 0;
  Progress progress(options.quiet);
  for (std::size_t i = 0; i < rows.size() && !interrupted(); ++i) {
    progress.show(fmt::format("verifying {}", rows[i].name()), static_cast<double>(i) / rows.size());
    const Verification verification = verify_row(rows[i], std::chrono::seconds(options.time_out));
    progress.clear();
    if (verification.problem) {
      ++wrong;
      fmt::print("WRONG {}: {}\n", rows[i].name(), *verification.problem);
    } else if (!options.quiet) {
      fmt::print("ok    {}\n", rows[i].name());
    }
    std::fflush(stdout);
  }
  progress.clear();
  if (interrupted()) throw Failure("interrupted before every row was verified");
  fmt::print("{} of {} rows agree with the reference over the whole machine state and the output.\n",
             rows.size() - wrong, rows.size());
  if (options.codegen) {
    const int other_technique = check_codegen(libraries);
    if (other_technique != 0)
      fmt::print("{} backends' machine code isn't what they are declared to be; see tools/audit.\n",
                 other_technique);
    wrong += other_technique;
  }
  return wrong == 0 ? exit_fine : exit_failure;
}

} // namespace dispatchbench
