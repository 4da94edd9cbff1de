// The A/A floor of a machine: the noise between two equal sides, kept between runs.
#pragma once

#include "system/output_file.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace dispatchbench {

/// The outcome of `compare --aa` on one machine.
struct MachineFloor {
  double floor = 0;           ///< The margin must not be below it, as a share.
  double smallest_effect = 0; ///< Found in 95 of 100 cases on the noisiest row measured; infinite if none is.
  int trials = 0;
  int false_alarms = 0;
};

/// `$XDG_STATE_HOME/dispatchbench/floor.json`, by default in ~/.local/state (XDG Base Directory
/// Specification). Throws Failure if neither is known.
std::filesystem::path default_floor_file();

/// The entry of the machine `fingerprint`; nothing if there is no file or no such entry. Throws Failure,
/// naming the file, if it is malformed.
std::optional<MachineFloor> read_floor(const std::filesystem::path& file, const std::string& fingerprint);

/// What to tell of a machine without an entry of its own: that an older version stored one under the name
/// that machines had then, which is kept and not used. Empty if there is nothing to tell. Throws as
/// read_floor.
std::string floor_note(const std::filesystem::path& file, const nlohmann::ordered_json& machine);

/// The file as one to write, its folder made. Throws Failure if it can't be written, or read back.
OutputFile open_floor(const std::filesystem::path& file);

/// Adds or replaces that machine's entry, keeping the others. Throws Failure.
void write_floor(const OutputFile& file, const std::string& fingerprint, const MachineFloor& floor);

} // namespace dispatchbench
