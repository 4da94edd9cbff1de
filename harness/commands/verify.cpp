#include "commands/commands.h"
#include "commands/selection.h"
#include "commands/verify_json.h"
#include "sampling/verification.h"
#include "subjects/audit_file.h"
#include "subjects/program_output.h"
#include "subjects/program_warnings.h"
#include "system/errors.h"
#include "system/interruption.h"
#include "system/terminal.h"

#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <utility>

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
                                  audit.path.string(), backend.name, library.file.path.string()));
      wrong += !found->as_expected;
      fmt::print("{} {}/{}: {}{}\n", found->as_expected ? "ok   " : "WRONG", backend.name, library.label(),
                 found->label,
                 found->as_expected ? "" : fmt::format(", but declared as {}", found->expected));
    }
  }
  return wrong;
}

/// What the programs do on the reference: a user's own, any that --show-output asks for, and warnings.
void show_programs(const Options& options, const std::optional<ProgramOutputFiles>& files,
                   const std::vector<ReferenceRun>& references) {
  for (const ReferenceRun& reference : references) {
    const bool is_shown = options.show_output || (!reference.workload.has_expectation && !options.quiet);
    if (is_shown)
      fmt::print("{}: {}\n", reference.workload.name, ending_in_words(reference.final_state->devices()));
    show_program_output(options, files, reference);
  }
  print_warnings(program_warnings(references));
}

/// Checks every backend of `rows`, each once, and prints what that gave. Returns how many have failed.
int check_backends(Verifier& verifier, const std::vector<BenchmarkRow>& rows, bool quiet,
                   Progress& progress) {
  int failed = 0;
  std::set<Competitor> checked;
  std::set<std::string> notes;
  const LibraryDescription* library = nullptr;
  for (const BenchmarkRow& row : rows) {
    if (library != nullptr && library != row.library) verifier.end_hosts(*library);
    library = row.library;
    const Competitor backend = row.competitor();
    if (interrupted() || !checked.insert(backend).second) continue;
    progress.show(fmt::format("checking {}", backend.name()), 0);
    const BackendCheck& check = verifier.check(row);
    if (interrupted()) break;
    progress.clear();
    if (check.problem) {
      ++failed;
      fmt::print("WRONG {}: {}\n", backend.name(), *check.problem);
    } else if (check.unable) {
      if (notes.insert(*check.unable).second) fmt::print("note  {}\n", *check.unable);
    } else if (!quiet && check.counts.all_refused()) {
      // Its programs say why: these cases are none that it was made for.
      fmt::print("refused {}: all {}\n", backend.name(), describe(check.counts));
    } else if (!quiet) {
      fmt::print("ok    {}: {}{}\n", backend.name(), describe(check.counts),
                 check.passed_before ? " (passed before)" : "");
    }
    std::fflush(stdout);
  }
  return failed;
}

/// What became of the rows, in numbers.
struct Tally {
  int passed = 0;
  int wrong = 0;
  int refused = 0;
  int not_run = 0;
};

/// "8 passed, 1 wrong": a refusal is neither, so that the numbers add up to the rows.
void print_tally(const Tally& tally, int failed_backends) {
  std::string text = fmt::format("{} passed", tally.passed);
  if (tally.passed > 0) text += " (the whole machine state and the output agree with the reference)";
  if (tally.wrong > 0) text += fmt::format(", {} wrong", tally.wrong);
  if (tally.refused > 0) text += fmt::format(", {} refused (no failure)", tally.refused);
  if (tally.not_run > 0) text += fmt::format(", {} not run", tally.not_run);
  fmt::print("{}.\n", text);
  if (tally.not_run > 0)
    fmt::print("Not run: rows whose backends went wrong before; {} did, see above.\n", failed_backends);
}

/// Prints refusals, a backend's reason once: it is often the same for every program.
class RefusalPrinter {
public:
  void print(const BenchmarkRow& row, const std::string& reason) {
    const auto [first, is_new] = first_rows_.try_emplace({row.competitor(), reason}, row.name());
    if (is_new)
      fmt::print("refused {}: {}\n", row.name(), reason);
    else
      fmt::print("refused {}: as {}\n", row.name(), first->second);
  }

private:
  std::map<std::pair<Competitor, std::string>, std::string> first_rows_;
};

/// Runs and compares the rows, and prints what that gave. Throws Interrupted after a signal.
Tally verify_rows(Verifier& verifier, const std::vector<BenchmarkRow>& rows, bool quiet, Progress& progress) {
  Tally tally;
  RefusalPrinter refusals;
  for (std::size_t i = 0; i < rows.size() && !interrupted(); ++i) {
    if (i != 0 && rows[i - 1].library != rows[i].library) verifier.end_hosts(*rows[i - 1].library);
    if (verifier.check(rows[i]).problem) {
      ++tally.not_run;
      continue;
    }
    const std::string name = rows[i].name();
    progress.show(fmt::format("verifying {}", name), static_cast<double>(i) / rows.size());
    const Verification verification = verifier.verify(rows[i]);
    if (interrupted()) break;
    progress.clear();
    if (verification.problem) {
      ++tally.wrong;
      fmt::print("WRONG {}: {}\n", name, *verification.problem);
    } else if (verification.refusal) {
      ++tally.refused;
      if (!quiet) refusals.print(rows[i], *verification.refusal);
    } else {
      ++tally.passed;
      if (!quiet) fmt::print("ok    {}\n", name);
    }
    std::fflush(stdout);
  }
  progress.clear();
  if (interrupted())
    throw Interrupted(
        fmt::format("interrupted: {} of {} rows were verified, as far as is printed; the others "
                    "are unknown",
                    tally.passed + tally.wrong + tally.refused, rows.size()));
  return tally;
}

} // namespace

int verify_command(const Options& options) {
  if (options.json) return verify_as_json(options);
  const std::vector<LibraryDescription> libraries = selected_libraries(options);
  const std::vector<ReferenceRun> references = selected_references(options);
  const std::vector<BenchmarkRow> rows =
      libraries_outermost(make_rows(references, libraries, {options.backend_filter, Unnamed::all}));
  const std::optional<ProgramOutputFiles> files = output_files(options, references.size());

  Progress progress(options.quiet);
  Verifier verifier(std::chrono::seconds(options.time_out), !options.no_cache);
  const int failed_backends = check_backends(verifier, rows, options.quiet, progress);
  show_programs(options, files, references);
  const Tally tally = verify_rows(verifier, rows, options.quiet, progress);
  print_tally(tally, failed_backends);
  int wrong = tally.wrong;
  if (options.codegen) {
    const int unexpected = check_codegen(libraries);
    if (unexpected != 0)
      fmt::print("The machine code of {} backends isn't what they are declared to be; see tools/audit.\n",
                 unexpected);
    wrong += unexpected;
  }
  return wrong + failed_backends == 0 ? exit_fine : exit_failure;
}

} // namespace dispatchbench
