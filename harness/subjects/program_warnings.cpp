#include "subjects/program_warnings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cstdint>
#include <string_view>

namespace dispatchbench {
namespace {

/// Ports that do something in the reference and are plain memory here. Not in the list are the system's
/// metadata (06-07), which change nothing, and d0-ff, where the reference has no device either.
struct PortRange {
  unsigned first, last;
  std::string_view name;
  bool answers_writes = false; ///< By writing to memory, or with console input.
};
constexpr std::array<PortRange, 13> missing_devices{{{0x08, 0x0d, "screen colours"},
                                                     {0x0e, 0x0e, "stack printing"},
                                                     {0x13, 0x16, "console extensions", true},
                                                     {0x1a, 0x1f, "console extensions", true},
                                                     {0x22, 0x2f, "screen drawing"},
                                                     {0x32, 0x3f, "audio"},
                                                     {0x42, 0x4f, "audio"},
                                                     {0x52, 0x5f, "audio"},
                                                     {0x62, 0x6f, "audio"},
                                                     {0x82, 0x8f, "controller"},
                                                     {0x92, 0x9f, "mouse"},
                                                     {0xa2, 0xbf, "file", true},
                                                     {0xc0, 0xcf, "datetime"}}};

/// First ports of the vectors that nothing delivers here.
struct Vector {
  unsigned port;
  std::string_view name;
};
constexpr std::array<Vector, 7> missing_vectors{{{0x30, "audio"},
                                                 {0x40, "audio"},
                                                 {0x50, "audio"},
                                                 {0x60, "audio"},
                                                 {0x80, "controller"},
                                                 {0x90, "mouse"},
                                                 {0xa0, "file"}}};

std::string times(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

/// What the program does with one range.
struct PortUse {
  std::string text; ///< "audio (38-3a, 3f: 4 writes)"; empty if nothing.
  bool needs_answer = false;
};

PortUse use_of(const PortRange& range, const InstructionProfile& profile) {
  std::vector<std::string> ports;
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  const auto is_used = [&](unsigned port) {
    return profile.port_reads[port] + profile.port_writes[port] != 0;
  };
  for (unsigned port = range.first; port <= range.last; ++port) {
    if (!is_used(port)) continue;
    const unsigned start = port;
    for (; port <= range.last && is_used(port); ++port) {
      reads += profile.port_reads[port];
      writes += profile.port_writes[port];
    }
    ports.push_back(start + 1 == port ? fmt::format("{:02x}", start)
                                      : fmt::format("{:02x}-{:02x}", start, port - 1));
  }
  if (ports.empty()) return {};
  std::string counts = reads == 0 ? "" : times(reads, "read");
  if (writes != 0) counts += (counts.empty() ? "" : ", ") + times(writes, "write");
  return {fmt::format("{} ({}: {})", range.name, fmt::join(ports, ", "), counts),
          reads != 0 || range.answers_writes};
}

std::string missing_device_warning(const InstructionProfile& profile) {
  std::vector<std::string> uses;
  bool needs_answer = false;
  for (const PortRange& range : missing_devices) {
    PortUse use = use_of(range, profile);
    if (use.text.empty()) continue;
    uses.push_back(std::move(use.text));
    needs_answer = needs_answer || use.needs_answer;
  }
  if (uses.empty()) return "";
  if (!needs_answer)
    return fmt::format(
        "writes to ports without a device here: {}; it computes the same as elsewhere, and only "
        "what the device would show or play is missing; remedy: none is needed",
        fmt::join(uses, ", "));
  return fmt::format(
      "needs answers from ports without a device here, which are plain memory: {}; remedy: it gets "
      "0, or what it wrote there itself, so it may compute something else than elsewhere: measure "
      "it only if that doesn't matter",
      fmt::join(uses, ", "));
}

/// Vectors that are set when the program has ended and of which none was delivered, with the reason.
std::string idle_vector_warning(const ReferenceRun& run) {
  const Devices& devices = run.final_state->devices();
  const std::span page = run.final_state->state().device_page;
  std::vector<std::string> idle;
  const auto add = [&](std::string_view name, unsigned port, unsigned address, std::string_view why) {
    idle.push_back(fmt::format("{} (port {:02x}, to {:04x}: {})", name, port, address, why));
  };
  const std::string_view stopped = "the program stops before";
  if (devices.console_vector != 0 && run.profile.delivered.console == 0)
    add("console", port::console_vector, devices.console_vector, stopped);
  if (devices.screen_vector != 0 && run.profile.delivered.screen == 0)
    add("screen", port::screen_vector, devices.screen_vector,
        devices.stopped ? stopped : "no frames were asked for");
  for (const Vector& vector : missing_vectors) {
    const unsigned address = static_cast<unsigned>(page[vector.port]) << 8 | page[vector.port + 1];
    if (run.profile.port_writes[vector.port + 1] != 0 && address != 0)
      add(vector.name, vector.port, address, "no such device here");
  }
  if (idle.empty()) return "";
  return fmt::format(
      "sets a vector that is never delivered: {}; remedy: only what the reset, console and screen "
      "vectors do is run and measured",
      fmt::join(idle, ", "));
}

/// Why the program doesn't take what it is given, or lacks what it takes.
std::string input_warning(const ReferenceRun& run) {
  const ProgramInput& input = run.workload.input;
  const std::uint64_t delivered = run.profile.delivered.console;
  if (!input.console.empty() || !input.arguments.empty()) {
    if (delivered == 0)
      return fmt::format(
          "takes none of its input: {}; remedy: run it without --input and --arg, or give it a "
          "console vector (ports 10-11)",
          run.final_state->devices().stopped ? "it stops before any is delivered"
                                             : "it sets no console vector");
    if (run.profile.port_reads[port::console_read] == 0)
      return "never reads port 12, so what its input says makes no difference; remedy: run it without "
             "--input and "
             "--arg";
  } else if (!run.workload.has_expectation && delivered != 0) {
    return "sets a console vector and is given no input but its end; remedy: give it some with --input FILE "
           "or "
           "--arg TEXT";
  }
  return "";
}

} // namespace

std::vector<std::string> program_warnings(const ReferenceRun& run) {
  std::vector<std::string> warnings;
  for (const std::string& warning :
       {missing_device_warning(run.profile), idle_vector_warning(run), input_warning(run)})
    if (!warning.empty()) warnings.push_back(run.workload.name + ": " + warning);
  return warnings;
}

std::vector<std::string> program_warnings(const std::vector<ReferenceRun>& runs) {
  std::vector<std::string> warnings;
  for (const ReferenceRun& run : runs)
    for (std::string& warning : program_warnings(run)) warnings.push_back(std::move(warning));
  return warnings;
}

} // namespace dispatchbench
