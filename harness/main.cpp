// The command line of `dispatchbench`.
#include "commands/commands.h"
#include "system/errors.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <functional>
#include <system_error>
#include <unistd.h>

namespace {

using namespace dispatchbench;

/// Accepts a whole number of that range, and says so of anything else.
CLI::Validator whole_number(std::uint64_t low, std::uint64_t high) {
  const auto check = [=](const std::string& text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size() && number >= low && number <= high)
      return std::string();
    return fmt::format("{:?}; expected a whole number from {} to {}", text, low, high);
  };
  return {check, fmt::format("from {} to {}", low, high), "whole number"};
}

void add_selection(CLI::App& command, Options& options) {
  command.add_option("--workload", options.workload_filter,
                     "Only workloads whose name matches this regular expression");
  command.add_option("--backend", options.backend_filter,
                     "Only backends whose name matches this regular expression");
  command.add_option("--library", options.libraries,
                     "Backend library as LABEL=PATH or PATH, or a folder of them; can be repeated (default: "
                     "the one beside this program)");
  command.add_option("--workloads", options.workloads_folder, "Folder of workloads")->capture_default_str();
  command.add_option("--rom", options.rom, "A ROM of your own instead of the workloads");
  command.add_option("--input", options.input, "File with console input for --rom");
  command
      .add_option(
          "--arg", options.arguments,
          "An argument for --rom, which comes before the input; can be repeated (--arg=-x if it begins with "
          "a dash)")
      ->allow_extra_args(false);
  command
      .add_option("--frames", options.frames,
                  "How often the screen vector of --rom is delivered, after the input (default: 60)")
      ->check(whole_number(0, 1'000'000));
  command
      .add_option("--max-instructions", options.max_instructions, "Gives up on a program that runs longer")
      ->capture_default_str()
      ->check(whole_number(1, 1'000'000'000'000'000));
  command.add_option("--time-out", options.time_out, "Seconds after which a backend counts as hanging")
      ->capture_default_str()
      ->check(whole_number(1, 1'000'000));
}

void add_output(CLI::App& command, Options& options) {
  command.add_flag("--show-output", options.show_output,
                   "Prints what the program printed, cut to 20 lines and 2,000 bytes");
  command.add_option("--output-file", options.output_file,
                     "File for all that the program printed; its error output goes to FILE.error");
}

void add_checking(CLI::App& command, Options& options) {
  command.add_flag("--no-cache", options.no_cache,
                   "Checks every backend by opcode vectors and random programs, also one that passed before");
}

void add_measuring(CLI::App& command, Options& options) {
  auto* fast = command.add_flag("--fast", options.fast,
                                "Fewer processes and samples: wider intervals, under a minute");
  command
      .add_flag("--rigorous", options.rigorous, "More of both, for as long as it takes: narrower intervals")
      ->excludes(fast);
  command.add_flag("--plan", options.plan, "Prints what would run and how long it would take, and stops");
  auto* processes =
      command
          .add_option("--processes", options.processes,
                      "Exactly so many fresh child processes per library, 2 or more (default: as many as "
                      "--target-width needs and --max-time allows)")
          ->check(CLI::Range(2, 10000));
  command
      .add_option("--target-width", options.target_width_percent,
                  "Ends once the geometric means' intervals are within this many per cent of their estimates")
      ->capture_default_str()
      ->check(CLI::Range(0.01, 100.0))
      ->excludes(processes);
  command
      .add_option("--max-time", options.max_time,
                  "Seconds after which measuring ends, whatever the intervals are (default: 300; 40 with "
                  "--fast, 1500 with --rigorous; none with --processes)")
      ->check(CLI::Range(1, 1'000'000));
  command.add_option("--repetitions", options.repetitions, "Samples of each row in each process")
      ->check(CLI::Range(1, 100000));
  command.add_option(
      "--seed", options.seed,
      "Seed of the orders of libraries, processes and rows (default: drawn at random; recorded)");
  auto* cpu = command
                  .add_option("--cpu", options.cpu,
                              "Processor to pin to (default: the last one allowed of the fastest kind)")
                  ->check(whole_number(0, 1'000'000));
  command.add_flag("--no-pin", options.no_pin, "Leaves the choice of processor to the system")->excludes(cpu);
  command
      .add_option("--output", options.output,
                  "Results file; its short form is written beside it as NAME.ci.json")
      ->capture_default_str();
}

void add_comparison(CLI::App& command, ComparisonOptions& options) {
  command.add_option("--base", options.base,
                     "Baseline library, as LABEL=PATH; a folder stands for layouts of one library");
  command.add_option("--head", options.head,
                     "Candidate library, as LABEL=PATH; a folder stands for layouts of one library");
  command
      .add_option(
          "--results", options.results,
          "Instead of measuring: a file that `run` wrote; --base and --head name two of its libraries "
          "by label. A second file confirms the first")
      ->take_all();
  command.add_option("--base-backend", options.base_backend,
                     "Baseline backend, of --base or, to compare two backends of one library, of --library");
  command.add_option("--head-backend", options.head_backend, "Candidate backend, of --head or of --library");
  command.add_flag("--aa", options.aa,
                   "Compares the candidate with a copy of itself and saves this machine's noise floor");
  command.add_option("--trials", options.trials, "How often --aa compares")
      ->capture_default_str()
      ->check(CLI::Range(1, 10000));
  command.add_option("--pairs", options.pairs, "At most this many pairs of processes per row")
      ->check(CLI::Range(6, 1000));
  command.add_option("--rounds", options.rounds, "Rounds per row in each pair of processes")
      ->check(CLI::Range(2, 100000));
  command
      .add_option("--margin", options.margin_percent,
                  "Allowed change in per cent; never below this machine's noise floor")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 100.0));
  command.add_option("--floor", options.floor,
                     "File of noise floors by machine (default: dispatchbench/floor.json in XDG_STATE_HOME)");
  command.add_option("--output", options.output, "Writes everything, each pair included, as JSON");
  command.add_option("--markdown", options.markdown, "Writes a comment for a pull request");
  command.add_option("--junit", options.junit, "Writes JUnit XML");
  command.add_option("--inject-slowdown", options.inject_slowdown_percent)->group("");
}

int report(const std::exception& error, int code) {
  fmt::print(stderr, "dispatchbench: {}\n", error.what());
  return code;
}

} // namespace

/// Opens what the caller closed of standard input, output and error, so that nothing else gets their numbers.
static void open_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(stream, F_GETFD) < 0) open("/dev/null", O_RDWR); // Takes the lowest free number.
}

int main(int argc, char** argv) {
  open_standard_streams();
  Options options;
  options.workloads_folder = DISPATCHBENCH_WORKLOADS_FOLDER;

  CLI::App app{"Compares interpreter dispatch techniques on one instruction set.", "dispatchbench"};
  app.set_version_flag("--version", "dispatchbench " DISPATCHBENCH_VERSION);
  app.require_subcommand(1);
  app.footer("Exit codes: 0 fine, 1 a failure, 2 wrong usage, 3 a regression was found.");
  std::function<int(const Options&)> command;

  CLI::App& list =
      *app.add_subcommand("list", "Workloads, backends, libraries, and what is unavailable here and why");
  add_selection(list, options);
  list.add_flag("--json", options.json, "Machine-readable output");
  list.callback([&] { command = list_command; });

  CLI::App& verify = *app.add_subcommand(
      "verify", "Checks every backend by opcode vectors, random programs and every workload");
  add_selection(verify, options);
  add_output(verify, options);
  add_checking(verify, options);
  verify.add_flag("--codegen", options.codegen,
                  "Also checks that each backend's machine code is what it is declared to be");
  verify.add_flag("--quiet", options.quiet, "Prints only what is wrong, and the total");
  verify.callback([&] { command = verify_command; });

  CLI::App& run =
      *app.add_subcommand("run", "Verifies, then measures, prints the tables and writes the results");
  add_selection(run, options);
  add_checking(run, options);
  add_measuring(run, options);
  run.add_option("--baseline", options.baseline,
                 "What ratios are relative to: BACKEND, each library's own, or BACKEND/LABEL for all")
      ->capture_default_str();
  run.add_flag("--json", options.json, "Prints the results file on stdout instead of the tables");
  run.add_flag("--quiet", options.quiet, "No progress and no tables");
  run.prefix_command(false);
  run.allow_extras();
  run.footer(
      "Google Benchmark's flags (--benchmark_min_time=..., --benchmark_filter=...) are also accepted where "
      "they apply.\nExit codes: 0 fine, 1 a failure, 2 wrong usage.");
  run.callback([&] {
    options.benchmark_flags = run.remaining();
    command = run_command;
  });

  CLI::App& profile =
      *app.add_subcommand("profile", "How often a program executes each opcode and each pair of opcodes");
  add_selection(profile, options);
  add_output(profile, options);
  profile.add_option("--top", options.top, "How many to print")
      ->capture_default_str()
      ->check(whole_number(1, 65'536));
  profile.add_flag("--json", options.json, "Machine-readable output, complete");
  profile.callback([&] { command = profile_command; });

  CLI::App& compare = *app.add_subcommand(
      "compare", "Decides whether a candidate library or backend is slower than a baseline");
  add_selection(compare, options);
  add_checking(compare, options);
  add_comparison(compare, options.comparison);
  auto* compare_fast = compare.add_flag("--fast", options.fast, "Fewer pairs: sees larger effects only");
  compare.add_flag("--rigorous", options.rigorous, "More pairs: sees smaller effects")
      ->excludes(compare_fast);
  compare.add_flag("--plan", options.plan, "Prints what would run and how long it would take, and stops");
  compare.add_option(
      "--seed", options.seed,
      "Seed of the orders of libraries, processes and rows (default: drawn at random; recorded)");
  auto* compare_cpu =
      compare
          .add_option("--cpu", options.cpu,
                      "Processor to pin to (default: the last one allowed of the fastest kind)")
          ->check(whole_number(0, 1'000'000));
  compare.add_flag("--no-pin", options.no_pin, "Leaves the choice of processor to the system")
      ->excludes(compare_cpu);
  compare.add_flag("--json", options.json, "Prints the JSON on stdout instead of the table");
  compare.add_flag("--quiet", options.quiet, "No progress and no table");
  compare.callback([&] { command = compare_command; });

  CLI::App& serve =
      *app.add_subcommand("serve", "Answers the sampling protocol on standard input and output")->group("");
  serve.callback([&] { command = serve_command; });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_fine : exit_usage;
  }
  try {
    return command(options);
  } catch (const UsageError& error) {
    return report(error, exit_usage);
  } catch (const std::exception& error) {
    return report(error, exit_failure);
  }
}
