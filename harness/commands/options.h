// What the command line says, after parsing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace dispatchbench {

/// Options of `compare` alone.
struct ComparisonOptions {
  /// Baseline: LABEL=PATH or PATH, of a library or a folder of layouts; a label with `results`.
  std::vector<std::string> base;
  std::vector<std::string> head; ///< Candidate, in the same form.
  /// Instead of measuring: results files, with labels for base and head.
  std::vector<std::filesystem::path> results;
  std::string base_backend; ///< One backend on each side, of one library or of two.
  std::string head_backend;
  bool aa = false;
  int pairs = 0;  ///< 0: as --fast, --rigorous or neither says.
  int rounds = 0; ///< 0: as the time allows.
  double margin_percent = 0.5;
  std::filesystem::path floor; ///< Empty: in XDG_STATE_HOME.
  std::filesystem::path output;
  std::filesystem::path markdown;
  std::filesystem::path junit;
  int trials = 10; ///< Of --aa.
  /// Hidden, for trials; if given, the same code is measured, too.
  std::optional<double> inject_slowdown_percent;
};

/// Options of all commands; a command uses those that it offers.
struct Options {
  std::set<std::string> given; ///< The options on the command line: "--seed".

  // Which rows.
  std::string workload_filter; ///< Regular expression for whole names; empty: all.
  std::string backend_filter;
  bool all = false; ///< Also the backends that are measured on request only.
  /// LABEL=PATH, PATH or FOLDER; empty: the one built beside this program.
  std::vector<std::string> libraries;
  std::filesystem::path workloads_folder;
  std::filesystem::path rom;          ///< A user's ROM instead of the workloads.
  std::filesystem::path input;        ///< Its console input.
  std::vector<std::string> arguments; ///< Its arguments.
  std::optional<int> frames;          ///< How often its screen vector is delivered.
  std::uint64_t max_instructions = 1'000'000'000;
  /// Seconds that verifying one row may take, beside a microsecond for each VM instruction.
  int time_out = 10;
  bool no_cache = false; ///< Checks backends again that passed before.

  // What to print.
  bool json = false;
  bool quiet = false;
  bool codegen = false;
  bool full_tables = false; ///< However many libraries there are and however narrow the terminal.
  bool show_output = false;
  std::filesystem::path output_file; ///< For everything the program printed.
  int top = 20;
  std::string baseline = "switch_loop"; ///< What `run`'s ratios are relative to: BACKEND or BACKEND/LABEL.

  // How to measure.
  bool fast = false;
  bool rigorous = false;
  bool plan = false;
  int processes = 0;                 ///< 0: as many as the target width needs and the time limit allows.
  double target_width_percent = 0.5; ///< Half the width of geometric means' intervals.
  int max_time = 0;                  ///< Seconds of measuring; 0: as --fast, --rigorous or neither says.
  int repetitions = 0;               ///< 0: as --fast, --rigorous or neither says.
  std::uint64_t seed = 0;            ///< 0: drawn at random; recorded either way.
  std::optional<int> cpu;            ///< Processor to pin to; nothing: the last one allowed.
  bool no_pin = false;
  std::filesystem::path output = "results.json";
  std::filesystem::path cold_output = "cold.json";
  std::vector<std::string> benchmark_flags; ///< `--benchmark_*`, as given.

  ComparisonOptions comparison;
};

} // namespace dispatchbench
