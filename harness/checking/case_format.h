// The cases of the check as JSON: machine states to start from and what a vector changed, of both only what
// differs from something known. backends/tests/vector_format.py writes the same format and describes its
// fields.
#pragma once

#include "machine/machine_state.h"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace dispatchbench {

/// What memory holds where a case says nothing: "brk", "sled" or "noise". Throws std::runtime_error for
/// another name.
const std::array<std::uint8_t, ram_bytes>& background(const std::string& name);

/// What surrounds the bytes that a case names.
struct Surroundings {
  std::string background = "brk"; ///< Of memory.
  std::uint32_t fill = 0;         ///< Of stacks and device page: bytes of a sequence that starts with it.

  /// Fills all of `state` but pc and pointers.
  void fill_in(MachineState& state) const;
};

/// A state to start from: its surroundings and what differs from them.
struct CaseStart {
  struct Stretch {
    std::uint16_t address = 0;
    std::string bytes;
  };
  Surroundings surroundings;
  std::vector<Stretch> ram, working_stack, return_stack, device_page;
  std::uint16_t pc = 0;
  std::uint8_t wst = 0;
  std::uint8_t rst = 0;

  /// Fills `state` with it.
  void write_to(MachineState& state) const;
};

/// Reads an object with the fields background, fill and start. Throws nlohmann::json::exception or
/// std::runtime_error if it is malformed.
CaseStart case_start_from_json(const nlohmann::ordered_json& object);

/// The text of such an object for `state`.
std::string case_start_text(const MachineState& state, const Surroundings& surroundings);

/// Where a vector that began at `start` has ended, as the text of a JSON object: pointers, pc, devices, and
/// the bytes that differ. The same end gives the same text, without spaces: written by hand, since JSON
/// values take most of the time of a check.
std::string case_end_text(const StateView& end, const MachineState& start);

/// Turns `state`, where a case started, into such an end. Throws as case_start_from_json.
void apply_case_end(const nlohmann::ordered_json& end, MachineState& state);

} // namespace dispatchbench
