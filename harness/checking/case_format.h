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

/// A state to start from, without the bytes of memory that come from its background.
struct CaseStart {
  struct Stretch {
    std::uint16_t address = 0;
    std::string bytes;
  };
  const std::array<std::uint8_t, ram_bytes>* background = nullptr;
  std::vector<Stretch> ram;
  std::array<std::uint8_t, stack_bytes> working_stack{};
  std::array<std::uint8_t, stack_bytes> return_stack{};
  std::array<std::uint8_t, device_page_bytes> device_page{};
  std::uint16_t pc = 0;
  std::uint8_t wst = 0;
  std::uint8_t rst = 0;

  /// Fills `state` with it.
  void write_to(MachineState& state) const;
};

/// Reads an object with the fields background and start. Throws nlohmann::json::exception or
/// std::runtime_error if it is malformed.
CaseStart case_start_from_json(const nlohmann::ordered_json& object);

/// Such an object for `state`.
nlohmann::ordered_json case_start_to_json(const MachineState& state, const std::string& background_name);

/// Where a vector that began at `start` has ended: pointers, pc, devices, and the bytes that differ.
nlohmann::ordered_json case_end_to_json(const StateView& end, const MachineState& start);

/// Turns `state`, where a case started, into such an end. Throws as case_start_from_json.
void apply_case_end(const nlohmann::ordered_json& end, MachineState& state);

} // namespace dispatchbench
