#include "commands/command_line.h"

#include "commands/commands.h"
#include "commands/option_groups.h"
#include "commands/option_values.h"
#include "commands/usage_errors.h"
#include "system/errors.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace dispatchbench {
namespace {

/// The program's whole command line; a command that is chosen is noted in `chosen`.
std::unique_ptr<CLI::App> make_app(Options& options, Command& chosen) {
  auto app = std::make_unique<CLI::App>("Compares interpreter dispatch techniques on one instruction set.",
                                        "dispatchbench");
  app->set_version_flag("--version", "dispatchbench " DISPATCHBENCH_VERSION);
  app->footer("--workload and --backend take a regular expression for the whole name: fib, 'fib|tak', "
              "'.*goto.*'.\n"
              "Exit codes: 0 fine, 1 a failure, 2 wrong usage, 3 a regression was found; "
              "130 or 143 interrupted by SIGINT or SIGTERM.");
  const auto add_command = [&](const char* name, const char* description, Command command) -> CLI::App& {
    CLI::App& added = *app->add_subcommand(name, description);
    added.callback([&chosen, command] { chosen = command; });
    return added;
  };

  CLI::App& list = add_command("list", "Workloads, backends, libraries, and what is unavailable here and why",
                               list_command);
  add_workload_filter(list, options);
  add_libraries(list, options);
  list.add_flag("--json", options.json, "Machine-readable output");

  CLI::App& verify = add_command(
      "verify", "Checks every backend by opcode vectors, random programs and every workload", verify_command);
  add_programs(verify, options);
  add_libraries(verify, options);
  add_output(verify, options);
  add_checking(verify, options);
  auto* const codegen =
      verify.add_flag("--codegen", options.codegen,
                      "Also checks that each backend's machine code is what it is declared to be");
  verify
      .add_flag("--json", options.json,
                "Prints a verdict on each backend as JSON; a library that can't be loaded is one, too")
      ->excludes(codegen);
  verify.add_flag("--quiet", options.quiet, "Prints only what is wrong, and the total");

  CLI::App& run =
      add_command("run", "Verifies, then measures, prints the tables and writes the results", run_command);
  add_programs(run, options);
  add_libraries(run, options);
  add_all(run, options);
  add_checking(run, options);
  add_measuring(run, options);
  add_baseline(run, options);
  run.add_flag("--json", options.json, "Prints the results file on stdout instead of the tables");
  run.add_flag("--full-tables", options.full_tables,
               "Prints every table, also for more than four libraries or beyond the terminal's width, where "
               "one table of geometric means takes their place");
  run.add_flag("--quiet", options.quiet, "No progress and no tables");
  run.prefix_command(false);
  run.allow_extras();
  run.footer(
      "Google Benchmark's flags (--benchmark_min_time=..., --benchmark_filter=...) are also accepted where "
      "they apply.\n"
      "Interrupted, it keeps the processes that are complete.\n"
      "Exit codes: 0 fine, 1 a failure, 2 wrong usage, 130 or 143 interrupted by SIGINT or SIGTERM.");

  CLI::App& cold =
      add_command("cold",
                  "Verifies, then measures how long the first 10^4, 10^5 and 10^6 instructions take in fresh "
                  "processes, preparing included, and how much memory a program takes there",
                  cold_command);
  add_programs(cold, options);
  add_libraries(cold, options);
  add_all(cold, options);
  add_checking(cold, options);
  add_cold_measuring(cold, options);
  add_baseline(cold, options);
  cold.add_flag("--json", options.json, "Prints the results file on stdout instead of the tables");
  cold.add_flag("--quiet", options.quiet, "No progress and no tables");

  CLI::App& profile = add_command(
      "profile", "How often a program executes each opcode and each pair of opcodes", profile_command);
  add_programs(profile, options);
  add_output(profile, options);
  profile.add_option("--top", options.top, "How many to print")
      ->capture_default_str()
      ->check(whole_number(1, 65'536));
  profile.add_flag("--json", options.json, "Machine-readable output, complete");

  CLI::App& compare = add_command(
      "compare", "Decides whether a candidate library or backend is slower than a baseline", compare_command);
  add_programs(compare, options);
  add_libraries(compare, options);
  add_all(compare, options);
  add_checking(compare, options);
  add_comparison(compare, options.comparison);
  add_conditions(compare, options, "Fewer pairs: sees larger effects only",
                 "More pairs: sees smaller effects");
  compare.add_flag("--json", options.json, "Prints the JSON on stdout instead of the table");
  compare.add_flag("--quiet", options.quiet, "No progress and no table");

  add_command("serve", "Answers the sampling protocol on standard input and output", serve_command).group("");

  for (CLI::App* command : app->get_subcommands(nullptr))
    for (CLI::Option* option : command->get_options())
      if (option->get_expected_max() == 0) option->disable_flag_override();
  return app;
}

/// `--name=` as two words, since CLI11 takes the empty value for a missing one.
std::vector<std::string> separated(int count, char** words) {
  std::vector<std::string> separate;
  bool are_options = true;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    are_options = are_options && word != "--";
    const bool has_empty_value = are_options && word.starts_with("--") && word.find('=') == word.size() - 1;
    // Google Benchmark's flags are taken as they are.
    if (has_empty_value && !word.starts_with("--benchmark_")) {
      separate.push_back(word.substr(0, word.size() - 1));
      separate.emplace_back();
    } else {
      separate.push_back(word);
    }
  }
  return separate;
}

} // namespace

ParsedCommand parse_command_line(int count, char** words) {
  ParsedCommand parsed;
  parsed.options.workloads_folder = DISPATCHBENCH_WORKLOADS_FOLDER;
  const auto app = make_app(parsed.options, parsed.command);
  const std::vector<std::string> given = separated(count, words);
  try {
    app->parse(std::vector<std::string>(given.rbegin(), given.rend()));
    if (app->get_subcommands().empty()) throw CLI::RequiredError::Subcommand(1);
  } catch (const CLI::Success& success) {
    std::ostringstream text;
    app->exit(success, text, text);
    parsed.text = text.str();
    parsed.command = nullptr;
    return parsed;
  } catch (const CLI::ParseError& error) {
    throw usage_error(error, *app, given);
  }
  CLI::App& command = *app->get_subcommands().front();
  if (app->get_subcommands().size() > 1)
    throw UsageError(fmt::format("{} and {}: two commands; expected one", command.get_name(),
                                 app->get_subcommands()[1]->get_name()));
  parsed.options.benchmark_flags = command.remaining();
  for (const CLI::Option* option : command.get_options())
    if (option->count() > 0) parsed.options.given.insert(option->get_name());
  return parsed;
}

} // namespace dispatchbench
