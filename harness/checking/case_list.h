// What every backend has to get right before any workload: the opcode vectors, which a Python model of the
// instruction set derived independently of this program, and random programs, whose ends the reference
// interpreter gives once it has agreed with the vectors.
#pragma once

#include "abi.h"
#include "machine/machine_state.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dispatchbench {

/// One state to start from and the end that is right.
struct CheckCase {
  std::string name;  ///< For people: opcode vector "ADD2 pc ffff", random program 17.
  std::string start; ///< As JSON (case_format.h).
  std::string end;   ///< As case_end_text writes it.

  /// The start as a whole state.
  std::unique_ptr<MachineState> start_state() const;
  /// The first difference of an end from the right one, with where the case started. Nothing if it is right.
  /// Throws as apply_case_end.
  std::optional<std::string> difference(const nlohmann::ordered_json& found_end) const;
};

/// The vectors, then the random programs.
struct CaseList {
  std::vector<CheckCase> cases;
  std::size_t vectors = 0;

  bool is_vector(std::size_t number) const { return number < vectors; }
};

/// Of how many vectors and of how many random programs one is taken: of 1, or more in a build for tests with
/// sanitizers or in an emulator (DISPATCHBENCH_CHECK_PARTS in harness/CMakeLists.txt).
extern const std::uint64_t check_parts;

/// Runs one vector on an interpreter, and gives up after `max_instructions`.
using InterpreterFunction = bool (*)(Machine* machine, std::uint64_t max_instructions);

/// Where the build puts the vectors: beside this program.
std::filesystem::path vectors_file();

/// The vectors in `file`'s content, and the random programs. Throws Failure: naming the field if it is
/// malformed, and naming `reference`, which is this program's own, if that fails a vector.
CaseList make_case_list(const std::filesystem::path& file, std::string_view content,
                        InterpreterFunction reference);

/// The same with the reference interpreter.
CaseList make_case_list(const std::filesystem::path& file, std::string_view content);

} // namespace dispatchbench
