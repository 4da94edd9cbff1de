// The devices that the harness gives every backend: stack pointers, state, expansion, console and the
// screen's vector. Nothing reads the clock or the file system, so a program's result is the same everywhere.
#pragma once

#include "abi.h"

#include <string>

namespace dispatchbench {

/// Ports that mean something; all others are plain memory.
namespace port {
inline constexpr std::uint8_t expansion = 0x02; ///< and 03: the write to 03 runs the record at that address.
inline constexpr std::uint8_t working_stack_pointer = 0x04;
inline constexpr std::uint8_t return_stack_pointer = 0x05;
inline constexpr std::uint8_t state = 0x0f;          ///< While it isn't 0, no further vector is delivered.
inline constexpr std::uint8_t console_vector = 0x10; ///< and 11: latched when 11 is written.
inline constexpr std::uint8_t console_read = 0x12;
inline constexpr std::uint8_t console_type = 0x17;
inline constexpr std::uint8_t console_write = 0x18;
inline constexpr std::uint8_t console_error = 0x19;
inline constexpr std::uint8_t screen_vector = 0x20; ///< and 21: latched when 21 is written.
} // namespace port

/// What console_type says of the byte in console_read.
enum class ConsoleEvent : std::uint8_t { input = 1, argument = 2, end_of_argument = 3, end = 4 };

/// State of the devices beside the machine's device page.
struct Devices {
  std::string output;               ///< Bytes written to the console.
  std::string error;                ///< Bytes written to its error port.
  std::uint16_t console_vector = 0; ///< 0: the program takes no input.
  std::uint16_t screen_vector = 0;  ///< 0: the program draws no frames.
  bool stopped = false;             ///< The state isn't 0, so no further vector is delivered.
  std::uint8_t exit_code = 0;       ///< 0 to 127.

  /// Puts everything back, keeping the strings' memory.
  void reset();

  /// Makes `machine` call these devices.
  void attach(Machine& machine);
};

} // namespace dispatchbench
