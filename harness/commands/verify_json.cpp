#include "commands/verify_json.h"

#include "commands/selection.h"
#include "sampling/sampler.h"
#include "sampling/verification.h"
#include "subjects/build_file.h"
#include "subjects/program_warnings.h"
#include "system/errors.h"
#include "system/interruption.h"
#include "system/json_text.h"
#include "system/terminal.h"
#include "system/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dispatchbench {
namespace {

using nlohmann::ordered_json;

/// Names of programs that a backend refuses for one reason.
struct Refusal {
  std::string reason;
  std::vector<std::string> workloads;
};

/// What is known of a backend: it is right, it is wrong, or it refused everything.
struct BackendVerdict {
  std::optional<std::string> problem;
  std::string where;             ///< The problem was found; empty if that can't be said.
  std::vector<Refusal> refusals; ///< Each reason once; up to the problem, if there is one.
  bool has_run = false;          ///< Otherwise nothing is known.
};

void add_refusal(std::vector<Refusal>& refusals, const std::string& reason, const std::string& workload) {
  const auto known = std::find_if(refusals.begin(), refusals.end(),
                                  [&](const Refusal& refusal) { return refusal.reason == reason; });
  if (known == refusals.end())
    refusals.push_back({reason, {workload}});
  else
    known->workloads.push_back(workload);
}

/// Judges by the first problem: others may follow from it, and each could take as long as a hang.
BackendVerdict judge(Verifier& verifier, const LibraryDescription& library, const std::string& backend,
                     const std::vector<ReferenceRun>& references) {
  const BackendCheck& check = verifier.check({&references.front(), &library, backend});
  if (check.problem) return {check.problem, check.where == nullptr ? "" : check.where, {}, true};
  BackendVerdict verdict;
  verdict.has_run = check.counts.has_run();
  for (const ReferenceRun& reference : references) {
    check_interrupted("verifying");
    const Verification found = verifier.verify({&reference, &library, backend});
    verdict.has_run = verdict.has_run || !found.refusal;
    if (found.refusal) add_refusal(verdict.refusals, *found.refusal, reference.workload.name);
    if (!found.problem) continue;
    verdict.problem = found.problem;
    verdict.where = "workload " + reference.workload.name;
    break;
  }
  return verdict;
}

/// A library's part of the document, without its verdicts.
ordered_json head_of(const LibraryDescription& library) {
  ordered_json head{{"label", library.label()},
                    {"compiler", library.compiler},
                    {"compiler_version", library.compiler_version},
                    {"flags", library.flags},
                    {"build", read_build(library).content},
                    {"problem", nullptr},
                    {"backends", ordered_json::array()},
                    {"unavailable", ordered_json::array()}};
  for (const auto& backend : library.unavailable)
    head["unavailable"].push_back({{"name", backend.name}, {"reason", backend.reason}});
  return head;
}

/// The part of a library that can't be loaded.
ordered_json head_of(const LibraryFile& file, const std::string& problem) {
  LibraryDescription nothing_known;
  nothing_known.file = file;
  if (file.label.empty()) nothing_known.file.label = as_one_line(file.path.stem().string());
  ordered_json head = head_of(nothing_known);
  head["problem"] = problem;
  return head;
}

/// Adds a verdict to a library's part. Returns whether the backend is wrong.
bool add_verdict(ordered_json& library, const std::string& backend, const BackendVerdict& verdict) {
  if (!verdict.has_run) {
    const std::string why = verdict.refusals.empty() ? "it doesn't say why" : verdict.refusals.front().reason;
    library["unavailable"].push_back({{"name", backend}, {"reason", "it refuses every program: " + why}});
    return false;
  }
  ordered_json refused = ordered_json::array();
  for (const Refusal& refusal : verdict.refusals)
    refused.push_back({{"reason", refusal.reason}, {"workloads", refusal.workloads}});
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? ordered_json() : ordered_json(text);
  };
  library["backends"].push_back({{"name", backend},
                                 {"correct", !verdict.problem},
                                 {"reason", text_or_null(verdict.problem.value_or(""))},
                                 {"where", text_or_null(verdict.where)},
                                 {"refused", std::move(refused)}});
  return verdict.problem.has_value();
}

} // namespace

int verify_as_json(const Options& options) {
  const BackendChoice choice(options.backend_filter, Unnamed::all);
  ordered_json failed_libraries = ordered_json::array();
  const std::vector<LibraryDescription> libraries = describe_libraries(
      selected_library_files(options), [&](const LibraryFile& file, const Failure& failure) {
        failed_libraries.push_back(head_of(file, failure.what()));
      });
  const std::vector<ReferenceRun> references = selected_references(options);
  std::size_t count = 0;
  for (const LibraryDescription& library : libraries)
    count +=
        static_cast<std::size_t>(std::count_if(library.backends.begin(), library.backends.end(),
                                               [&](const auto& backend) { return choice.takes(backend); }));
  if (count == 0 && failed_libraries.empty()) refuse_backends(libraries, choice.expression());
  const std::optional<ProgramOutputFiles> files = output_files(options, references.size());
  for (const ReferenceRun& reference : references) show_program_output(options, files, reference);
  print_warnings(program_warnings(references));
  print_warnings(build_problems(libraries));

  Progress progress(options.quiet);
  Verifier verifier(std::chrono::seconds(options.time_out), !options.no_cache);
  ordered_json document{{"schema", 1}, {"libraries", ordered_json::array()}};
  bool any_wrong = !failed_libraries.empty();
  std::size_t done = 0;
  for (const LibraryDescription& library : libraries) {
    ordered_json part = head_of(library);
    for (const auto& backend : library.backends) {
      if (!choice.takes(backend)) continue;
      progress.show(fmt::format("verifying {}/{}", backend.name, library.label()),
                    static_cast<double>(done++) / static_cast<double>(count));
      const BackendVerdict verdict = judge(verifier, library, backend.name, references);
      check_interrupted("verifying");
      any_wrong = add_verdict(part, backend.name, verdict) || any_wrong;
    }
    verifier.end_hosts(library); // Of many libraries they would take gigabytes.
    document["libraries"].push_back(std::move(part));
  }
  progress.clear();
  for (ordered_json& part : failed_libraries) document["libraries"].push_back(std::move(part));
  fmt::print("{}\n", json_text(document, 2));
  return any_wrong ? exit_failure : exit_fine;
}

} // namespace dispatchbench
