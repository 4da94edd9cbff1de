// What a program is given from outside. Nothing else reaches it, so its result is the same everywhere.
#pragma once

#include <string>
#include <vector>

namespace dispatchbench {

/// How often the screen vector is delivered unless asked otherwise: a second of a real screen.
inline constexpr int default_frames = 60;

/// Console input, arguments, and frames of the screen.
struct ProgramInput {
  std::string console;                ///< Bytes for the console vector.
  std::vector<std::string> arguments; ///< Come before them.
  int frames = default_frames;        ///< How often the screen vector is delivered.
};

} // namespace dispatchbench
