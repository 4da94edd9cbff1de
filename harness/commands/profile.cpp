#include "commands/commands.h"
#include "commands/selection.h"
#include "isa/opcode.h"
#include "subjects/program_output.h"
#include "subjects/program_warnings.h"
#include "system/errors.h"
#include "system/interruption.h"
#include "system/json_text.h"
#include "system/terminal.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <tuple>

namespace dispatchbench {
namespace {

using nlohmann::ordered_json;

struct Count {
  std::string name;
  std::uint64_t count;
};

/// The entries that occur, most frequent first; equal ones in order of opcode.
std::vector<Count> sorted(std::span<const std::uint64_t> counts,
                          const std::function<std::string(std::size_t)>& name) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i] != 0) order.push_back(i);
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return std::pair(counts[b], a) < std::pair(counts[a], b); });
  std::vector<Count> entries;
  for (const std::size_t i : order) entries.push_back({name(i), counts[i]});
  return entries;
}

std::string opcode_name(std::size_t opcode) { return std::string(opcode_table[opcode].mnemonic); }
std::string pair_name(std::size_t pair) { return opcode_name(pair / 256) + ' ' + opcode_name(pair % 256); }

void print_table(const char* title, const std::vector<Count>& entries, std::uint64_t total, std::size_t top) {
  fmt::print("\n{}\n", title);
  std::uint64_t running = 0;
  for (std::size_t i = 0; i < std::min(top, entries.size()); ++i) {
    running += entries[i].count;
    fmt::print("  {:<16} {:>12} {:>6.2f} % {:>6.1f} % so far\n", entries[i].name, entries[i].count,
               100.0 * entries[i].count / total, 100.0 * running / total);
  }
  if (entries.size() > top) fmt::print("  and {} more (--top)\n", entries.size() - top);
}

/// The straight runs that occur, most frequent first; equal ones by name.
std::vector<Count> sorted(const StraightRuns& runs) {
  std::vector<Count> entries;
  for (const auto& [opcodes, count] : runs.counts) {
    std::vector<std::string> names;
    for (const std::uint8_t opcode : opcodes) names.push_back(opcode_name(opcode));
    entries.push_back({fmt::format("{}", fmt::join(names, " ")), count});
  }
  std::sort(entries.begin(), entries.end(), [](const Count& a, const Count& b) {
    return std::tie(b.count, a.name) < std::tie(a.count, b.name);
  });
  return entries;
}

ordered_json to_json(const std::vector<Count>& entries) {
  ordered_json object = ordered_json::object();
  for (const Count& entry : entries) object[entry.name] = entry.count;
  return object;
}

/// Prints what a program did.
void print_text(const Options& options, const std::optional<ProgramOutputFiles>& files,
                const ReferenceRun& run) {
  const InstructionProfile& profile = run.profile;
  const std::vector<Count> opcodes = sorted(profile.opcodes, opcode_name);
  const std::vector<Count> pairs = sorted(profile.pairs, pair_name);
  fmt::print("{}: {} VM instructions, {} different opcodes, {} different pairs; {}\n", run.workload.name,
             profile.total, opcodes.size(), pairs.size(), ending_in_words(run.final_state->devices()));
  show_program_output(options, files, run);
  print_warnings(program_warnings(run));
  const auto top = static_cast<std::size_t>(options.top);
  print_table("Opcodes", opcodes, profile.total, top);
  print_table("Pairs", pairs, profile.total, top);
  fmt::print("\n");
}

ordered_json to_json(const ReferenceRun& run, const StraightRuns& runs) {
  ordered_json program{{"name", run.workload.name}, {"instructions", run.profile.total}};
  program.update(output_json(run.final_state->devices()));
  program.update({{"warnings", program_warnings(run)},
                  {"opcodes", to_json(sorted(run.profile.opcodes, opcode_name))},
                  {"pairs", to_json(sorted(run.profile.pairs, pair_name))},
                  {"straight_runs", to_json(sorted(runs))}});
  return program;
}

/// Runs the programs and prints each, or adds it to `programs`. Returns how many were complete when a signal
/// arrived; throws Interrupted if none was.
std::size_t profile_programs(const Options& options, const std::vector<Workload>& workloads,
                             ordered_json& programs) {
  const std::optional<ProgramOutputFiles> files = output_files(options, workloads.size());
  std::size_t complete = 0;
  try {
    for (const Workload& workload : workloads) {
      StraightRuns runs;
      const ReferenceRun run =
          run_unchecked(workload, options.max_instructions, options.json ? &runs : nullptr);
      if (options.json) {
        programs.push_back(to_json(run, runs));
        show_program_output(options, files, run);
      } else {
        print_text(options, files, run);
      }
      ++complete;
    }
  } catch (const Interrupted&) {
    if (complete == 0) throw;
  }
  return complete;
}

} // namespace

int profile_command(const Options& options) {
  const std::vector<Workload> workloads = selected_workloads(options);
  ordered_json programs = ordered_json::array();
  const std::size_t complete = profile_programs(options, workloads, programs);
  if (interrupted())
    say(fmt::format("interrupted after {} of {} programs: what is printed covers these", complete,
                    workloads.size()));
  if (options.json)
    fmt::print("{}\n", json_text(ordered_json{{"schema", 1},
                                              {"interrupted", interrupted()},
                                              {"programs", std::move(programs)}},
                                 2));
  return exit_fine;
}

} // namespace dispatchbench
