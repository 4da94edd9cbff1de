// What a translated program consists of, and the few functions that its C++ calls.
#pragma once

#include "isa/operation.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

/// What a byte of the ROM means to a translation.
enum ByteUse : std::uint8_t {
  translated = 1, ///< Its value was relied on: code, or a literal that nothing is known to store into.
  entry = 2,      ///< A trace starts here.
};

/// A program as `recompile` left it.
struct Translation {
  const char* name;
  std::span<const std::uint8_t> rom;
  std::span<const std::uint8_t> uses; ///< A ByteUse for every byte of `rom`.
  RunFunction run;
};

/// A machine's program, made by `prepare`.
struct RunningProgram {
  const Translation* translation;
  std::size_t rewritten;     ///< How many bytes of memory differ from those that the translation relied on.
  std::uint32_t ram_changes; ///< Of the machine, when they were last all counted.
};

/// Whether the machine's memory still holds every byte that the translation relied on. Only the interpreter
/// and devices ever change one, so this counts again only if a device has written.
bool is_current(Machine* machine) noexcept;

/// Executes opcodes one by one until one of them is the first of a trace and the translation is current.
/// Returns false at a BRK, with the vector ended.
bool interpret(Machine* machine) noexcept;

/// Whether storing to `address` and `more` bytes behind it changes what the translation relied on.
DISPATCHBENCH_INLINE bool rewrites(std::span<const std::uint8_t> uses, std::uint16_t address, unsigned more) {
  const unsigned index = address - rom_address + more; // Of the last byte.
  if (index >= uses.size() + more) [[likely]]
    return false;
  const bool last = index < uses.size() && (uses[index] & translated) != 0;
  const bool first = more != 0 && index != 0 && (uses[index - 1] & translated) != 0;
  return last || first;
}

/// Whether a trace that reads down to `below` bytes under the stack pointer and moves it up by at most
/// `above` would wrap around.
DISPATCHBENCH_INLINE bool wraps(const std::uint8_t* top, unsigned below, unsigned above) {
  return below + above >= stack_bytes || stack_pointer(top) - below > stack_bytes - 1 - above - below;
}

DISPATCHBENCH_INLINE std::uint8_t high(std::uint16_t value) { return static_cast<std::uint8_t>(value >> 8); }
DISPATCHBENCH_INLINE std::uint8_t low(std::uint16_t value) { return static_cast<std::uint8_t>(value); }

/// A short from the bytes at two addresses.
DISPATCHBENCH_INLINE std::uint16_t short_at(const std::uint8_t* ram, std::uint16_t first,
                                            std::uint16_t second) {
  return static_cast<std::uint16_t>(opaque(ram[first]) << 8 | opaque(ram[second]));
}

/// a/b, and 0 where b is 0.
DISPATCHBENCH_INLINE std::uint32_t quotient(std::uint32_t a, std::uint32_t b) { return b == 0 ? 0 : a / b; }

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
