#include "commands/option_groups.h"

#include "commands/option_values.h"

#include <cstdint>
#include <limits>

namespace dispatchbench {
namespace {

constexpr const char* a_file = "a file";
constexpr const char* a_folder = "a folder";
constexpr const char* a_filter = "a regular expression for whole names, such as 'fib|tak'";
constexpr const char* a_library = "LABEL=PATH or PATH";

} // namespace

void add_workload_filter(CLI::App& command, Options& options) {
  command
      .add_option("--workload", options.workload_filter,
                  "Only workloads whose whole name matches this regular expression")
      ->check(not_empty(a_filter));
  command.add_option("--workloads", options.workloads_folder, "Folder of workloads")
      ->capture_default_str()
      ->check(not_empty(a_folder));
}

void add_libraries(CLI::App& command, Options& options) {
  command
      .add_option("--backend", options.backend_filter,
                  "Only backends whose whole name matches this regular expression")
      ->check(not_empty(a_filter));
  command
      .add_option("--library", options.libraries,
                  "Backend library as LABEL=PATH or PATH, or a folder of them; can be repeated (default: "
                  "the one beside this program)")
      ->allow_extra_args(false)
      ->check(not_empty(a_library));
}

void add_all(CLI::App& command, Options& options) {
  command.add_flag("--all", options.all,
                   "Also the backends that are measured on request only, as list shows them");
}

void add_baseline(CLI::App& command, Options& options) {
  command
      .add_option("--baseline", options.baseline,
                  "What ratios are relative to: BACKEND, each library's own, or BACKEND/LABEL for all")
      ->capture_default_str()
      ->check(not_empty("BACKEND or BACKEND/LABEL"));
}

void add_programs(CLI::App& command, Options& options) {
  add_workload_filter(command, options);
  command.add_option("--rom", options.rom, "A ROM of your own instead of the workloads")
      ->check(not_empty(a_file));
  command.add_option("--input", options.input, "File with console input for --rom")->check(not_empty(a_file));
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
}

void add_output(CLI::App& command, Options& options) {
  command.add_flag("--show-output", options.show_output,
                   "Prints what the program printed, cut to 20 lines and 2,000 bytes");
  command
      .add_option("--output-file", options.output_file,
                  "File for all that the program printed; its error output goes to FILE.error")
      ->check(not_empty(a_file));
}

void add_checking(CLI::App& command, Options& options) {
  command.add_flag("--no-cache", options.no_cache,
                   "Checks every backend by opcode vectors and random programs, also one that passed before");
  command
      .add_option(
          "--time-out", options.time_out,
          "Seconds after which a backend counts as hanging, beside a microsecond for each VM instruction")
      ->capture_default_str()
      ->check(whole_number(1, 1'000'000));
}

void add_conditions(CLI::App& command, Options& options, const char* fast, const char* rigorous) {
  auto* const fewer = command.add_flag("--fast", options.fast, fast);
  command.add_flag("--rigorous", options.rigorous, rigorous)->excludes(fewer);
  command.add_flag("--plan", options.plan, "Prints what would run and how long it would take, and stops");
  add_placement(command, options);
}

void add_placement(CLI::App& command, Options& options) {
  command
      .add_option(
          "--seed", options.seed,
          "Seed of the orders of libraries, processes and rows (default: drawn at random; recorded); in run, "
          "Google Benchmark shuffles the samples of a native process without it")
      ->check(whole_number(1, std::numeric_limits<std::uint64_t>::max()));
  auto* const cpu = command
                        .add_option("--cpu", options.cpu,
                                    "Processor to pin to (default: the last one allowed of the fastest kind)")
                        ->check(whole_number(0, 1'000'000));
  command.add_flag("--no-pin", options.no_pin, "Leaves the choice of processor to the system")->excludes(cpu);
}

void add_measuring(CLI::App& command, Options& options) {
  add_conditions(command, options, "Fewer processes and samples: wider intervals, under a minute",
                 "More of both, for as long as it takes: narrower intervals");
  auto* const processes =
      command
          .add_option("--processes", options.processes,
                      "Exactly so many fresh child processes per library, 2 or more (default: as many as "
                      "--target-width needs and --max-time allows)")
          ->check(whole_number(2, 10'000));
  command
      .add_option("--target-width", options.target_width_percent,
                  "Ends once the geometric means' intervals are within this many per cent of their estimates")
      ->capture_default_str()
      ->check(number(0.01, 100))
      ->excludes(processes);
  command
      .add_option("--max-time", options.max_time,
                  "Seconds after which measuring ends, whatever the intervals are (default: 300; 40 with "
                  "--fast, 1500 with --rigorous; none with --processes)")
      ->check(whole_number(1, 1'000'000));
  command.add_option("--repetitions", options.repetitions, "Samples of each row in each process")
      ->check(whole_number(1, 100'000));
  command
      .add_option("--output", options.output,
                  "Results file; its short form is written beside it as NAME.ci.json")
      ->capture_default_str()
      ->check(not_empty(a_file));
}

void add_cold_measuring(CLI::App& command, Options& options) {
  add_placement(command, options);
  command
      .add_option("--processes", options.processes,
                  "Fresh child processes for each row, 2 or more (default: 10)")
      ->check(whole_number(2, 10'000));
  command.add_option("--output", options.cold_output, "Results file")
      ->capture_default_str()
      ->check(not_empty(a_file));
}

void add_comparison(CLI::App& command, ComparisonOptions& options) {
  const auto add_side = [&](const char* name, std::vector<std::string>& side, const char* description) {
    command.add_option(name, side, description)->allow_extra_args(false)->check(not_empty(a_library));
  };
  add_side("--base", options.base,
           "Baseline library, as LABEL=PATH; a folder stands for layouts of one library");
  add_side("--head", options.head,
           "Candidate library, as LABEL=PATH; a folder stands for layouts of one library");
  command
      .add_option(
          "--results", options.results,
          "Instead of measuring: a file that `run` wrote; --base and --head name two of its libraries "
          "by label. A second file confirms the first")
      ->take_all()
      ->allow_extra_args(false)
      ->check(not_empty(a_file));
  command
      .add_option("--base-backend", options.base_backend,
                  "Baseline backend, of --base or, to compare two backends of one library, of --library")
      ->check(not_empty("a backend's name"));
  command.add_option("--head-backend", options.head_backend, "Candidate backend, of --head or of --library")
      ->check(not_empty("a backend's name"));
  command.add_flag("--aa", options.aa,
                   "Compares the candidate with a copy of itself and saves this machine's noise floor");
  command.add_option("--trials", options.trials, "How often --aa compares")
      ->capture_default_str()
      ->check(whole_number(1, 10'000));
  command.add_option("--pairs", options.pairs, "At most this many pairs of processes per row")
      ->check(whole_number(6, 1000));
  command.add_option("--rounds", options.rounds, "Rounds per row in each pair of processes")
      ->check(whole_number(2, 100'000));
  command
      .add_option("--margin", options.margin_percent,
                  "Allowed change in per cent; never below this machine's noise floor")
      ->capture_default_str()
      ->check(number(0, 100));
  const auto add_file = [&](const char* name, std::filesystem::path& file, const char* description) {
    command.add_option(name, file, description)->check(not_empty(a_file));
  };
  add_file("--floor", options.floor,
           "File of noise floors by machine (default: dispatchbench/floor.json in XDG_STATE_HOME)");
  add_file("--output", options.output, "Writes everything, each pair included, as JSON");
  add_file("--markdown", options.markdown, "Writes a comment for a pull request");
  add_file("--junit", options.junit, "Writes JUnit XML");
  command.add_option("--inject-slowdown", options.inject_slowdown_percent)
      ->group("")
      ->check(number(0, 10'000));
}

} // namespace dispatchbench
