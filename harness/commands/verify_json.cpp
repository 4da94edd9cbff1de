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
#include <vector>

namespace dispatchbench {
namespace {

using nlohmann::ordered_json;

/// What is known of a backend: it is right, it is wrong, or it refused everything.
struct BackendVerdict {
  std::optional<std::string> problem;
  std::string where;                  ///< The problem was found; empty if that can't be said.
  std::optional<std::string> refusal; ///< It ran nothing, so nothing is known.
};

/// Judges by the first problem: others may follow from it, and each could take as long as a hang.
BackendVerdict judge(Verifier& verifier, const LibraryDescription& library, const std::string& backend,
                     const std::vector<ReferenceRun>& references) {
  const BackendCheck& check = verifier.check({&references.front(), &library, backend});
  if (check.problem) return {check.problem, check.where == nullptr ? "" : check.where, {}};
  bool has_run = check.counts.vectors + check.counts.programs > check.counts.refused;
  std::optional<std::string> refusal;
  for (const ReferenceRun& reference : references) {
    check_interrupted("verifying");
    const Verification found = verifier.verify({&reference, &library, backend});
    if (found.problem) return {found.problem, "workload " + reference.workload.name, {}};
    if (found.refusal && !refusal) refusal = found.refusal;
    has_run = has_run || !found.refusal;
  }
  if (has_run) return {};
  return {{}, "", fmt::format("it refuses every program: {}", refusal.value_or("it doesn't say why"))};
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
  if (verdict.refusal) {
    library["unavailable"].push_back({{"name", backend}, {"reason", *verdict.refusal}});
    return false;
  }
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? ordered_json() : ordered_json(text);
  };
  library["backends"].push_back({{"name", backend},
                                 {"correct", !verdict.problem},
                                 {"reason", text_or_null(verdict.problem.value_or(""))},
                                 {"where", text_or_null(verdict.where)}});
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
  watch_for_interrupt();
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
