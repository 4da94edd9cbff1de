// The machine that every backend runs on, in a layout that C++, assembly and other languages share.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dispatchbench {

/// One Uxn machine: pointers to its four memory regions, the two calls out, and what persists between
/// vectors.
///
/// The regions are pointers, not arrays, so that a test can put each one alone between inaccessible pages. A
/// backend never touches a byte outside them. `asm_offsets.h` repeats the offsets for assembly.
struct Machine {
  std::uint8_t* ram;           ///< 65,536 bytes, page-aligned.
  std::uint8_t* working_stack; ///< 256 bytes, aligned to 256: a pointer's low byte is the stack pointer.
  std::uint8_t* return_stack;  ///< 256 bytes, aligned to 256.
  std::uint8_t* device_page;   ///< 256 bytes: 16 devices of 16 ports.

  /// Reads one port, with its effects. A backend stores `wst` and `rst` first; the call never changes them.
  std::uint8_t (*dei)(Machine* machine, std::uint8_t port) noexcept;

  /// Writes one port: stores the byte in the device page, then acts. A backend stores `wst` and `rst` first
  /// and reloads both afterwards, since ports 04 and 05 set them. The call may write to `ram`.
  void (*deo)(Machine* machine, std::uint8_t port, std::uint8_t value) noexcept;

  void* devices; ///< The owner's own; backends leave it alone.

  std::uint16_t pc; ///< Where the vector starts; after it, the address behind its BRK.
  std::uint8_t wst; ///< Working stack pointer: index of the next free byte.
  std::uint8_t rst; ///< Return stack pointer: index of the next free byte.
  std::uint8_t reserved[4];
};

inline constexpr std::size_t ram_bytes = 0x10000;
inline constexpr std::size_t stack_bytes = 0x100;
inline constexpr std::size_t device_page_bytes = 0x100;
inline constexpr std::uint16_t rom_address = 0x0100; ///< Where a ROM is loaded and starts.
inline constexpr std::size_t rom_bytes_max = ram_bytes - rom_address;

} // namespace dispatchbench
