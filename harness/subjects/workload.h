// Programs to run: the workloads of the tree, and ROM files that a user brings.
#pragma once

#include "machine/program_input.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace dispatchbench {

/// A program with its input and what is known of its result.
struct Workload {
  std::string name;
  std::string summary;
  std::string why; ///< What dispatch behaviour it stresses.
  std::vector<std::uint8_t> rom;
  ProgramInput input;
  std::string expected_output;
  std::string expected_error;
  int expected_exit_code = 0;
  std::uint64_t instructions = 0; ///< VM instructions of one run, BRKs included.
  bool has_expectation = true;    ///< False for a user's ROM: the reference alone says what is right.
};

/// Reads `folder`/workload.json and its ROM. Throws Failure naming file and field.
Workload read_workload(const std::filesystem::path& folder);

/// Reads every workload of `folder` whose whole name `filter` matches, sorted by name. Throws
/// UsageError if it matches none, Failure if the folder or a workload can't be read.
std::vector<Workload> read_workloads(const std::filesystem::path& folder, const std::string& filter);

/// A user's ROM; its name is the file's without the ending.
Workload read_rom(const std::filesystem::path& rom, ProgramInput input);

} // namespace dispatchbench
