#include "audit_file.h"
#include "child_process.h"
#include "commands.h"
#include "comparison_aa.h"
#include "comparison_floor.h"
#include "comparison_report.h"
#include "comparison_results.h"
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

/// The pairs of backends whose machine code is the same in every layout of both sides: whole files that are
/// equal, or hashes of the code that say so.
std::set<std::pair<std::string, std::string>> identical_backends(const Subject& subject) {
  std::set<std::string> files;
  std::vector<AuditFile> base_audits, head_audits; // Read once: a layout's is as long as the library's own.
  const auto read = [&](const ComparedSide& side, std::vector<AuditFile>& audits) {
    for (const LibraryDescription& library : side.layouts) {
      files.insert(read_image(library.path).bytes);
      audits.push_back(read_audit(library));
    }
  };
  read(subject.base, base_audits);
  read(subject.head, head_audits);

  std::set<std::pair<std::string, std::string>> identical;
  for (const auto& [base_backend, head_backend] : subject.backends) {
    std::set<std::optional<std::string>> hashes;
    for (const AuditFile& audit : base_audits) hashes.insert(audit.code_hash(base_backend));
    for (const AuditFile& audit : head_audits) hashes.insert(audit.code_hash(head_backend));
    if ((files.size() == 1 && base_backend == head_backend) || (hashes.size() == 1 && *hashes.begin()))
      identical.emplace(base_backend, head_backend);
  }
  return identical;
}

/// Every row, those that can't or needn't be measured with their verdict.
struct Candidates {
  std::vector<RowVerdict> rows;
  std::vector<std::size_t> to_measure; ///< Indices into `rows`.
};

/// The first thing wrong with a row on either side, in any layout; nothing if it agrees with the reference.
std::optional<std::string> verify(const ComparedRow& row, const Subject& subject,
                                  std::chrono::seconds time_out) {
  for (const Side side : {Side::base, Side::head})
    for (const LibraryDescription& library : (side == Side::base ? subject.base : subject.head).layouts)
      if (const Verification found = verify_row({row.reference, &library, row.backend(side)}, time_out);
          found.problem)
        return fmt::format("{}: {}", side_name(side), *found.problem);
  return std::nullopt;
}

Candidates verified(const Subject& subject, const std::vector<ReferenceRun>& references,
                    const Options& options, Progress& progress) {
  // With a slow-down added, or against a copy, the same code is what is to be measured.
  const bool may_skip = !options.comparison.aa && !options.comparison.inject_slowdown_percent;
  const auto identical =
      may_skip ? identical_backends(subject) : std::set<std::pair<std::string, std::string>>();

  Candidates candidates;
  const double count = static_cast<double>(references.size() * subject.backends.size());
  for (const ReferenceRun& reference : references)
    for (const auto& backends : subject.backends) {
      if (interrupted()) throw Failure("interrupted while verifying; nothing was measured");
      RowVerdict row;
      row.row = {reference.workload.name, backends.first, backends.second, &reference};
      progress.show("verifying " + row.row.name(), static_cast<double>(candidates.rows.size()) / count);
      if (const auto problem = verify(row.row, subject, std::chrono::seconds(options.time_out))) {
        row.verdict = Verdict::not_comparable;
        row.reason = *problem;
      } else if (identical.contains(backends)) {
        conclude_same_code(row);
      } else {
        candidates.to_measure.push_back(candidates.rows.size());
      }
      candidates.rows.push_back(std::move(row));
    }
  progress.clear();
  return candidates;
}

/// Seconds that one pair of processes takes over all rows.
double seconds_of_a_pair(const std::vector<double>& run_nanoseconds, int rounds) {
  constexpr double start = 0.008;          // Two processes, each loading a library.
  constexpr double around_a_sample = 30e3; // Resetting the machine, asking and answering: nanoseconds.
  double seconds = start;
  for (const double nanoseconds : run_nanoseconds)
    seconds += 2 * (rounds + 1) * (nanoseconds + around_a_sample) / 1e9;
  return seconds;
}

/// Rounds and pairs, so that a verdict keeps to its time: a first run of at most 10 s on few rows and 5
/// minutes on many. Pairs beyond 20 go first, then rounds beyond 16.
void keep_to_budget(ComparisonPlan& plan, int pairs, const Options& options) {
  constexpr int fewest_pairs = 20;
  constexpr int fewest_rounds = 16;
  const double factor = options.rigorous ? 3 : options.fast ? 0.5 : 1;
  const double budget = factor * std::min(300.0, 10.0 * static_cast<double>(plan.run_nanoseconds.size()));
  const auto affordable = [&] { return budget / seconds_of_a_pair(plan.run_nanoseconds, plan.rounds); };
  if (options.comparison.rounds == 0)
    while (plan.rounds > fewest_rounds && affordable() < fewest_pairs) --plan.rounds;
  if (options.comparison.pairs == 0)
    pairs = std::max(fewest_pairs, std::min(pairs, static_cast<int>(affordable())));
  plan.looks = pairs >= 2 * fewest_pairs ? std::vector{pairs / 2, pairs} : std::vector{pairs};
  // One row at a time and at 95 %, the second run needs fewer.
  plan.confirm_looks =
      pairs >= fewest_pairs ? std::vector{std::max(12, pairs * 3 / 10), pairs} : std::vector{pairs};
}

/// This machine's A/A floor, as a share; 0 if it was never measured.
double floor_of(const ordered_json& machine, const fs::path& floor_file) {
  const std::optional<MachineFloor> floor = read_floor(floor_file, machine.at("fingerprint"));
  return floor ? floor->floor : 0;
}

/// The margin asked for, but never below the floor; as a share.
double margin_of(const ComparisonOptions& asked, double floor) {
  return std::max(asked.margin_percent / 100, floor);
}

ComparisonPlan make_plan(const Options& options, const Subject& subject, const std::vector<ComparedRow>& rows,
                         double floor) {
  const ComparisonOptions& asked = options.comparison;
  ComparisonPlan plan;
  plan.margin = margin_of(asked, asked.aa ? 0 : floor);
  plan.seed = options.seed != 0 ? options.seed : std::random_device{}();
  if (!options.no_pin) plan.cpu = options.cpu >= 0 ? options.cpu : last_allowed_cpu();
  plan.added_share = asked.inject_slowdown_percent.value_or(0) / 100;
  plan.rounds = asked.rounds != 0 ? asked.rounds : 52;
  if (rows.empty()) return plan;
  plan.run_nanoseconds =
      measure_run_times(rows, subject.base, subject.head, plan.cpu, plan.added_share != 0 ? 32 : 4);
  keep_to_budget(plan,
                 asked.pairs != 0   ? asked.pairs
                 : options.fast     ? 20
                 : options.rigorous ? 120
                                    : 40,
                 options);
  const std::size_t layouts = std::min(subject.base.layouts.size(), subject.head.layouts.size());
  if (layouts > 1) {
    // No more units than layouts: one that is drawn twice says nothing new of layouts.
    const int pairs = plan.looks.back();
    const int units = std::min(pairs, static_cast<int>(layouts));
    plan.pairs_per_unit = std::max(1, pairs / units);
    plan.looks = {units};
    plan.confirm_looks = {units};
  }
  check_resolvable(plan, rows.size(), layouts > 1 ? "layouts" : "pairs");
  return plan;
}

void print_plan(const ComparisonPlan& plan, std::size_t rows) {
  const int pairs = plan.looks.back() * plan.pairs_per_unit;
  const double seconds = seconds_of_a_pair(plan.run_nanoseconds, plan.rounds) * pairs;
  fmt::print("{} row(s) to measure: at most {} pairs of processes of {} rounds each; {} or less of processor "
             "time, as much "
             "again if every row has to be confirmed. Margin {:g} %, seed {}.\n",
             rows, pairs, plan.rounds, describe(std::chrono::seconds(static_cast<long>(std::ceil(seconds)))),
             100 * plan.margin, plan.seed);
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

/// The trials of --aa, their table, and the floor that follows from them.
int measure_floor(ComparisonReport report, const std::vector<ComparedRow>& rows, const fs::path& floor_file,
                  const Options& options, Progress& progress) {
  const int trials = options.comparison.trials;
  std::vector<std::vector<RowVerdict>> outcomes;
  ordered_json documents = ordered_json::array();
  for (int trial = 0; trial < trials && !interrupted(); ++trial) {
    ComparisonPlan plan = report.plan;
    plan.seed += static_cast<std::uint64_t>(trial);
    std::vector<RowVerdict> outcome =
        compare_rows(rows, report.base, report.head, plan, [&](double share, const std::string& what) {
          progress.show(fmt::format("trial {} of {}, {}", trial + 1, trials, what), (trial + share) / trials);
        });
    if (interrupted()) break;
    report.rows = outcome;
    report.verdict = overall(outcome);
    if (report.verdict == Verdict::not_comparable) {
      progress.clear();
      write_outputs(report, options);
      return exit_failure;
    }
    documents.push_back(comparison_json(report));
    outcomes.push_back(std::move(outcome));
  }
  progress.clear();
  if (outcomes.empty()) throw Failure("interrupted before the first trial was complete; nothing to keep");
  const AaSummary summary = summarize_aa(outcomes, report.plan);
  write_floor(floor_file, report.machine.at("fingerprint"),
              {summary.floor, summary.smallest_visible, summary.trials, summary.false_alarms});
  const ordered_json document{{"schema", 1},
                              {"kind", "aa"},
                              {"floor", summary.floor},
                              {"false_alarms", summary.false_alarms},
                              {"trials", std::move(documents)}};
  if (!options.comparison.output.empty())
    write_atomically(options.comparison.output, document.dump(1) + '\n');
  if (options.json)
    fmt::print("{}\n", document.dump(1));
  else if (!options.quiet)
    fmt::print("{}  Stored in {}.\n", aa_table(summary, report.plan), floor_file.string());
  return exit_fine;
}

/// The verdicts that results files give, without a measurement.
int compare_results(const Options& options, const fs::path& floor_file) {
  const ComparisonOptions& asked = options.comparison;
  if (asked.aa || !asked.base_backend.empty() || !asked.head_backend.empty() || !options.libraries.empty())
    throw UsageError("--results compares two labels: leave --aa, --library, --base-backend and "
                     "--head-backend out");
  if (asked.base.size() != 1 || asked.head.size() != 1 || asked.base == asked.head)
    throw UsageError("--results needs --base LABEL and --head LABEL, two libraries of the file");
  if (asked.results.size() > 2)
    throw UsageError(fmt::format("--results is given {} times; expected one file, or two of which the second "
                                 "confirms",
                                 asked.results.size()));
  const RecordedRun first = read_recorded_run(asked.results.front(), asked.base.front(), asked.head.front());
  std::optional<RecordedRun> second;
  if (asked.results.size() == 2) {
    second = read_recorded_run(asked.results.back(), asked.base.front(), asked.head.front());
    check_confirms(first, *second);
  }
  ComparisonReport report;
  report.base = first.base;
  report.head = first.head;
  report.machine = first.machine;
  report.floor = floor_of(first.machine, floor_file);
  report.plan.margin = margin_of(asked, report.floor);
  report.rows = judge_recorded_runs(first, second ? &*second : nullptr, options.workload_filter,
                                    options.backend_filter, report.plan);
  report.verdict = overall(report.rows);
  report.notes.emplace_back("run takes the libraries in turn process by process, compare sample by sample: "
                            "with the libraries themselves it sees smaller changes");
  if (!second)
    report.notes.emplace_back("one run alone makes nothing regressed or improved: name a second one with "
                              "--results");
  write_outputs(report, options);
  return exit_code_of(report.verdict);
}

/// What can't even be looked at: another ABI, no library.
int not_comparable(const Failure& failure, const Options& options) {
  ComparisonReport report;
  report.verdict = Verdict::not_comparable;
  report.machine = describe_machine();
  report.notes.emplace_back(failure.what());
  write_outputs(report, options);
  fmt::print(stderr, "dispatchbench: not comparable: {}\n", failure.what());
  return exit_failure;
}

} // namespace

int compare_command(const Options& options) {
  const ComparisonOptions& asked = options.comparison;
  const Clock::time_point start = Clock::now();
  for (const fs::path& path : {asked.output, asked.markdown, asked.junit})
    if (!path.empty() && !options.plan) check_writable(path);
  if (asked.aa && !(asked.markdown.empty() && asked.junit.empty()))
    throw UsageError("--aa gives no verdict, so there is nothing for --markdown or --junit; use --output");
  const bool backends = !asked.base_backend.empty() || !asked.head_backend.empty();
  if (asked.aa && backends) throw UsageError("--aa compares a library with itself: leave the backends out");
  const fs::path floor_file = asked.floor.empty() ? default_floor_file() : asked.floor;
  if (!asked.results.empty()) return compare_results(options, floor_file);
  Subject subject;
  try {
    subject = backends ? two_backends(options) : two_libraries(options);
  } catch (const Failure& failure) {
    return not_comparable(failure, options);
  }
  const std::vector<ReferenceRun> references = selected_references(options);

  ComparisonReport report;
  report.base = subject.base;
  report.head = subject.head;
  report.notes = subject.notes;
  report.machine = describe_machine();
  report.floor = floor_of(report.machine, floor_file);

  watch_for_interrupt();
  Progress progress(options.quiet);
  Candidates candidates = verified(subject, references, options, progress);
  std::vector<ComparedRow> rows;
  for (const std::size_t row : candidates.to_measure) rows.push_back(candidates.rows[row].row);
  report.plan = make_plan(options, subject, rows, report.floor);
  if (options.plan) {
    print_plan(report.plan, rows.size());
    return exit_fine;
  }
  // This process beside its children: it waits whenever one of them runs.
  if (report.plan.cpu >= 0 && !pin_to(report.plan.cpu))
    report.notes.push_back(
        fmt::format("pinning to processor {} wasn't allowed, so the intervals are wider", report.plan.cpu));
  if (asked.aa && rows.size() == candidates.rows.size())
    return measure_floor(std::move(report), rows, floor_file, options, progress);

  if (!rows.empty() && !asked.aa) {
    std::vector<RowVerdict> measured =
        compare_rows(rows, subject.base, subject.head, report.plan,
                     [&](double share, const std::string& what) { progress.show(what, share); });
    for (std::size_t i = 0; i < measured.size(); ++i)
      candidates.rows[candidates.to_measure[i]] = std::move(measured[i]);
  }
  progress.clear();
  if (interrupted()) report.notes.emplace_back("interrupted: rows without enough pairs are not resolved");
  report.rows = std::move(candidates.rows);
  report.verdict = overall(report.rows);
  report.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  write_outputs(report, options);
  return exit_code_of(report.verdict);
}

} // namespace dispatchbench
