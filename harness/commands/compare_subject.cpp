#include "commands/compare_subject.h"

#include "commands/selection.h"
#include "system/errors.h"

#include <fmt/format.h>

namespace dispatchbench {
namespace {

/// The libraries named with --library, or the one beside this program, as layouts of one side.
ComparedSide side_of_libraries(const Options& options, const std::string& label) {
  return {label, selected_libraries(options)};
}

/// The library of --head, or the one beside this program, against itself.
ComparisonSubject against_itself(const Options& options) {
  std::vector<std::string> head = options.comparison.head;
  if (head.empty()) head.push_back(built_library().string());
  const ComparedSide candidate = describe_side(head, "--head");
  ComparedSide copy = candidate;
  copy.label = "copy";
  return same_backends(std::move(copy), candidate, usual_backends(options));
}

} // namespace

void refuse_useless(const Options& given, const std::string& mode,
                    std::initializer_list<const char*> options) {
  for (const char* const option : options)
    if (given.given.contains(option))
      throw UsageError(fmt::format("{} has no use for {}: leave it out", mode, option));
}

void check_compare_usage(const Options& options) {
  const ComparisonOptions& asked = options.comparison;
  const bool backends = !asked.base_backend.empty() || !asked.head_backend.empty();
  const bool sides = !asked.base.empty() || !asked.head.empty();
  if (!asked.aa) refuse_useless(options, "compare without --aa", {"--trials"});
  if (asked.aa && !(asked.markdown.empty() && asked.junit.empty()))
    throw UsageError("--aa gives no verdict, so there is nothing for --markdown or --junit; use --output");
  if (asked.aa && backends) throw UsageError("--aa compares a library with itself: leave the backends out");
  if (asked.aa && !asked.base.empty())
    throw UsageError("--aa compares the candidate with a copy of itself: leave --base out");
  if (backends && (asked.base_backend.empty() || asked.head_backend.empty()))
    throw UsageError("--base-backend and --head-backend go together");
  if (backends && !options.backend_filter.empty())
    throw UsageError("--backend can't be combined with --base-backend and --head-backend");
  if (backends) refuse_useless(options, "a comparison of two backends, which are named,", {"--all"});
  if (!options.libraries.empty() && (sides || !backends))
    throw UsageError(
        "--library goes with --base-backend and --head-backend, for two backends of one library; "
        "name two libraries with --base and --head");
  if (asked.aa || (backends && !sides)) return;
  if (asked.base.empty() || asked.head.empty())
    throw UsageError("compare needs --base LABEL=PATH and --head LABEL=PATH, or --base-backend and "
                     "--head-backend, or --aa");
}

ComparisonSubject make_subject(const Options& options) {
  const ComparisonOptions& asked = options.comparison;
  if (asked.aa) return against_itself(options);
  const BackendPair backends{asked.base_backend, asked.head_backend};
  if (asked.base.empty())
    return two_backends(side_of_libraries(options, backends.first),
                        side_of_libraries(options, backends.second), backends);
  ComparedSide baseline = describe_side(asked.base, "--base");
  ComparedSide candidate = describe_side(asked.head, "--head");
  if (baseline.label == candidate.label)
    throw UsageError(fmt::format("--base and --head have the same label \"{}\"; name them with LABEL=PATH",
                                 baseline.label));
  return backends.first.empty()
             ? same_backends(std::move(baseline), std::move(candidate), usual_backends(options))
             : two_backends(std::move(baseline), std::move(candidate), backends);
}

} // namespace dispatchbench
