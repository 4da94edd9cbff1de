#include "audit_file.h"
#include "child_process.h"
#include "commands.h"
#include "comparison_floor.h"
#include "comparison_report.h"
#include "environment.h"
#include "errors.h"
#include "results.h"
#include "terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <random>
#include <set>

namespace dispatchbench {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

/// The libraries of one side: a file, several, or every library of a folder; the first label counts.
ComparedSide make_side(const std::vector<std::string>& arguments, const std::string& option) {
  ComparedSide side;
  for (const std::string& argument : arguments) {
    const LibraryFile file = parse_library(argument, option);
    if (side.label.empty()) side.label = file.label.empty() ? option.substr(2) : file.label;
    std::vector<fs::path> paths{file.path};
    if (fs::is_directory(file.path)) {
      paths.clear();
      for (const auto& entry : fs::directory_iterator(file.path))
        if (entry.path().extension() == ".so") paths.push_back(entry.path());
      std::sort(paths.begin(), paths.end());
      if (paths.empty())
        throw Failure(fmt::format("{}: has no *.so; expected layout variants as tools/layouts makes them",
                                  file.path.string()));
    }
    for (const fs::path& path : paths) side.layouts.push_back(describe_library({side.label, path}));
  }
  return side;
}

bool has_backend(const LibraryDescription& library, const std::string& name) {
  return std::any_of(library.backends.begin(), library.backends.end(),
                     [&](const auto& backend) { return backend.name == name; });
}

/// Why a library lacks a backend, or that it doesn't know it.
std::string why_missing(const LibraryDescription& library, const std::string& name) {
  for (const auto& backend : library.unavailable)
    if (backend.name == name) return backend.reason;
  return "it doesn't know it";
}

/// What is compared with what, and what isn't.
struct Subject {
  ComparedSide base;
  ComparedSide head;
  std::vector<std::pair<std::string, std::string>> backends; ///< Base's and head's name.
  std::vector<std::string> notes;
};

/// Two backends of one library.
Subject two_backends(const Options& options) {
  const ComparisonOptions& asked = options.comparison;
  if (asked.base_backend.empty() || asked.head_backend.empty())
    throw UsageError("--base-backend and --head-backend go together");
  if (!options.backend_filter.empty())
    throw UsageError("--backend can't be combined with --base-backend and --head-backend");
  if (!asked.base.empty() || !asked.head.empty())
    throw UsageError(
        "--base and --head name two libraries, --base-backend and --head-backend two backends of the one "
        "that --library names: choose one pair");
  Subject subject;
  for (const LibraryDescription& library : describe_libraries(selected_libraries(options)))
    subject.base.layouts.push_back(library);
  subject.head = subject.base;
  subject.base.label = asked.base_backend;
  subject.head.label = asked.head_backend;
  for (const LibraryDescription& library : subject.base.layouts)
    for (const std::string& name : {asked.base_backend, asked.head_backend})
      if (!has_backend(library, name))
        throw UsageError(fmt::format("{}: has no backend {}: {}; dispatchbench list shows what there is",
                                     library.path.string(), name, why_missing(library, name)));
  subject.backends.emplace_back(asked.base_backend, asked.head_backend);
  return subject;
}

/// The same backends of two libraries.
Subject two_libraries(const Options& options) {
  const ComparisonOptions& asked = options.comparison;
  if (!options.libraries.empty())
    throw UsageError(
        "--library goes with --base-backend and --head-backend; name libraries with --base and --head");
  Subject subject;
  if (asked.aa) {
    if (!asked.base.empty())
      throw UsageError("--aa compares the head with a copy of itself: leave --base out");
    std::vector<std::string> head = asked.head;
    if (head.empty()) head.push_back(selected_libraries(options).front().path.string());
    subject.head = make_side(head, "--head");
    subject.base = subject.head;
    subject.base.label = "copy";
  } else {
    if (asked.base.empty() || asked.head.empty())
      throw UsageError(
          "compare needs --base LABEL=PATH and --head LABEL=PATH, or --base-backend and --head-backend, or "
          "--aa");
    subject.base = make_side(asked.base, "--base");
    subject.head = make_side(asked.head, "--head");
    if (subject.base.label == subject.head.label)
      throw UsageError(fmt::format("--base and --head have the same label \"{}\"; name them with LABEL=PATH",
                                   subject.base.label));
  }
  const std::regex filter = filter_expression("--backend", options.backend_filter);
  const LibraryDescription& base = subject.base.layouts.front();
  const LibraryDescription& head = subject.head.layouts.front();
  for (const auto& backend : base.backends) {
    if (!std::regex_search(backend.name, filter)) continue;
    if (has_backend(head, backend.name))
      subject.backends.emplace_back(backend.name, backend.name);
    else
      subject.notes.push_back(fmt::format("{} isn't compared: {} hasn't got it: {}", backend.name,
                                          subject.head.label, why_missing(head, backend.name)));
  }
  for (const auto& backend : head.backends)
    if (std::regex_search(backend.name, filter) && !has_backend(base, backend.name))
      subject.notes.push_back(fmt::format("{} isn't compared: {} hasn't got it: {}", backend.name,
                                          subject.base.label, why_missing(base, backend.name)));
  if (subject.backends.empty())
    throw UsageError(
        fmt::format("--backend {}: matches no backend that both libraries have", options.backend_filter));
  return subject;
}

/// Whether every layout of both sides has the same machine code for these backends: whole
/// files that are equal, or hashes of the code that say so.
bool same_code(const Subject& subject, const std::string& base_backend, const std::string& head_backend) {
  std::set<std::string> files;
  std::set<std::optional<std::string>> hashes;
  const auto add = [&](const ComparedSide& side, const std::string& backend) {
    for (const LibraryDescription& library : side.layouts) {
      files.insert(read_image(library.path).bytes);
      const AuditFile audit = read_audit(library);
      const BackendAudit* const found = audit.find(backend);
      const bool hashed = found != nullptr && found->all.contains("code_hash");
      hashes.insert(hashed ? std::optional(found->all["code_hash"].get<std::string>()) : std::nullopt);
    }
  };
  add(subject.base, base_backend);
  add(subject.head, head_backend);
  if (files.size() == 1 && base_backend == head_backend) return true;
  return hashes.size() == 1 && *hashes.begin();
}

/// A row as far as it is known before anything is measured.
struct Candidate {
  RowVerdict verdict;
  bool to_measure = true;
  double nanoseconds = 0; ///< Of one run, the slower side's, roughly.
};

/// Runs every layout of both sides once and compares with the reference.
void verify_candidate(Candidate& candidate, const Subject& subject, std::chrono::seconds time_out) {
  for (const Side side : {Side::base, Side::head}) {
    for (const LibraryDescription& library : (side == Side::base ? subject.base : subject.head).layouts) {
      const Verification verification = verify_row(
          {candidate.verdict.row.reference, &library, candidate.verdict.row.backend(side)}, time_out);
      if (verification.problem) {
        candidate.to_measure = false;
        candidate.verdict.verdict = Verdict::not_comparable;
        candidate.verdict.reason = fmt::format("{}: {}", side_name(side), *verification.problem);
        return;
      }
      candidate.nanoseconds =
          std::max(candidate.nanoseconds, static_cast<double>(verification.duration.count()));
    }
  }
}

/// Seconds that one pair of processes takes over all rows to measure.
double seconds_of_a_pair(const std::vector<Candidate>& candidates, int rounds) {
  constexpr double start = 0.008; // Two processes, each loading a library.
  constexpr double around_a_sample =
      30e3; // Resetting the machine, and being asked and answering: nanoseconds.
  double seconds = start;
  for (const Candidate& candidate : candidates)
    if (candidate.to_measure) seconds += 2 * (rounds + 1) * (candidate.nanoseconds + around_a_sample) / 1e9;
  return seconds;
}

/// Chooses rounds and pairs so that a verdict keeps to its time: see ci/README.md.
ComparisonPlan make_plan(const Options& options, const Subject& subject,
                         const std::vector<Candidate>& candidates, const std::optional<MachineFloor>& floor) {
  const ComparisonOptions& asked = options.comparison;
  ComparisonPlan plan;
  plan.margin = asked.margin_percent / 100;
  if (floor) plan.margin = std::max(plan.margin, floor->floor);
  plan.seed = options.seed != 0 ? options.seed : std::random_device{}();
  if (!options.no_pin) plan.cpu = options.cpu >= 0 ? options.cpu : last_allowed_cpu();
  plan.added_share = asked.inject_slowdown_percent / 100;
  plan.rounds = asked.rounds != 0 ? asked.rounds : 52;
  int pairs = asked.pairs;
  if (pairs == 0) pairs = options.fast ? 20 : options.rigorous ? 120 : 40;
  const std::size_t layouts = std::min(subject.base.layouts.size(), subject.head.layouts.size());
  plan.looks = {pairs / 2, pairs};
  plan.confirm_looks = plan.looks;
  if (layouts > 1) {
    // No more units than there are layouts: a layout that is drawn twice says nothing new of layouts.
    const int units = std::min(pairs, static_cast<int>(layouts));
    plan.pairs_per_unit = std::max(1, pairs / units);
    plan.looks = {units};
    plan.confirm_looks = {units};
  }
  const auto rows = static_cast<std::size_t>(std::count_if(
      candidates.begin(), candidates.end(), [](const Candidate& each) { return each.to_measure; }));
  const StoppingRule rule = plan.first_rule(std::max<std::size_t>(rows, 1));
  const int fewest = fewest_values(rule.error_of_a_look());
  if (rule.looks.back() < fewest)
    throw UsageError(fmt::format(
        "{} {} can't give a {:g} % interval for each of {} rows; it takes {} or more, or fewer "
        "rows",
        rule.looks.back(), layouts > 1 ? "layouts" : "pairs", 100 * (1 - plan.error), rows, fewest));
  return plan;
}

void write_outputs(const ComparisonReport& report, const Options& options) {
  const ComparisonOptions& asked = options.comparison;
  const ordered_json document = comparison_json(report);
  if (!asked.output.empty()) write_atomically(asked.output, document.dump(1) + '\n');
  if (!asked.markdown.empty()) write_atomically(asked.markdown, comparison_markdown(report));
  if (!asked.junit.empty()) write_atomically(asked.junit, comparison_junit(report));
  if (options.json)
    fmt::print("{}\n", document.dump(1));
  else if (!options.quiet)
    fmt::print("{}", comparison_table(report));
}

} // namespace

int compare_command(const Options& options) {
  const ComparisonOptions& asked = options.comparison;
  const Clock::time_point start = Clock::now();
  for (const fs::path& path : {asked.output, asked.markdown, asked.junit})
    if (!path.empty() && !options.plan) check_writable(path);
  const bool backends = !asked.base_backend.empty() || !asked.head_backend.empty();
  const Subject subject = backends ? two_backends(options) : two_libraries(options);
  const std::vector<ReferenceRun> references = selected_references(options);

  ComparisonReport report;
  report.base = subject.base;
  report.head = subject.head;
  report.notes = subject.notes;
  report.machine = describe_machine();
  const fs::path floor_file = asked.floor.empty() ? default_floor_file() : asked.floor;
  const std::optional<MachineFloor> floor = read_floor(floor_file, report.machine.at("fingerprint"));
  report.floor = floor ? floor->floor : 0;

  watch_for_interrupt();
  Progress progress(options.quiet);
  std::vector<Candidate> candidates;
  for (const ReferenceRun& reference : references)
    for (const auto& [base, head] : subject.backends) {
      Candidate candidate;
      candidate.verdict.row = {&reference, base, head};
      candidates.push_back(std::move(candidate));
    }
  const bool may_skip = !asked.aa && asked.inject_slowdown_percent == 0;
  std::set<std::pair<std::string, std::string>> identical;
  if (may_skip)
    for (const auto& pair : subject.backends)
      if (same_code(subject, pair.first, pair.second)) identical.insert(pair);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (interrupted()) throw Failure("interrupted while verifying; nothing was measured");
    Candidate& candidate = candidates[i];
    progress.show("verifying " + candidate.verdict.row.name(),
                  static_cast<double>(i) / static_cast<double>(candidates.size()));
    verify_candidate(candidate, subject, std::chrono::seconds(options.time_out));
    if (candidate.to_measure &&
        identical.contains({candidate.verdict.row.base_backend, candidate.verdict.row.head_backend})) {
      candidate.to_measure = false;
      candidate.verdict.verdict = Verdict::unchanged;
      candidate.verdict.reason = "the machine code is the same";
    }
  }
  progress.clear();

  report.plan = make_plan(options, subject, candidates, floor);
  std::vector<ComparedRow> rows;
  for (const Candidate& candidate : candidates)
    if (candidate.to_measure) rows.push_back(candidate.verdict.row);
  if (options.plan) {
    fmt::print("{} rows to measure, {} pairs of processes or fewer, {} rounds each; at most {}, as much "
               "again to confirm.\n",
               rows.size(), report.plan.looks.back() * report.plan.pairs_per_unit, report.plan.rounds,
               describe(std::chrono::seconds(
                   static_cast<long>(std::ceil(seconds_of_a_pair(candidates, report.plan.rounds) *
                                               report.plan.looks.back() * report.plan.pairs_per_unit)))));
    return exit_fine;
  }
  if (report.plan.cpu >= 0 && !pin_to(report.plan.cpu)) // Beside its children: who waits doesn't run.
    report.notes.push_back(
        fmt::format("pinning to processor {} wasn't allowed, so the intervals are wider", report.plan.cpu));
  std::vector<RowVerdict> measured;
  if (!rows.empty())
    measured = compare_rows(rows, subject.base, subject.head, report.plan,
                            [&](double share, const std::string& what) { progress.show(what, share); });
  progress.clear();
  if (interrupted()) report.notes.emplace_back("interrupted: rows without enough pairs are not resolved");
  auto next = measured.begin();
  for (Candidate& candidate : candidates)
    report.rows.push_back(candidate.to_measure ? std::move(*next++) : std::move(candidate.verdict));
  report.verdict = overall(report.rows);
  report.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  write_outputs(report, options);
  return exit_code_of(report.verdict);
}

} // namespace dispatchbench
