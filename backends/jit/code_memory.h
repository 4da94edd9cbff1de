// CodeMemory: memory for generated code, never writable and executable at one address.
//
// One anonymous file is mapped twice, once writable and once executable. The other way, mprotect to and fro,
// takes two system calls per compiled block, and each patched jump two more.
#pragma once

#include "isa/backend_namespace.h"

#include <cstdint>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

struct CodeMemory {
  static constexpr std::uint32_t capacity = 8U << 20;

  std::uint8_t* writable;
  const std::uint8_t* executable;
  std::uint32_t used;

  /// Maps the memory. Returns null, or in words why there is none.
  const char* open();
  void close();

  /// Has what is appended next continue on a cache line after `front` bytes. A multiple of 16 bytes instead
  /// took 1.03 of the time, geometric mean over 20 workloads, of 32 bytes 1.02 (VM on a Zen 5).
  void align_next(std::uint32_t front);

  /// Appends code. The caller has made sure that it fits.
  const std::uint8_t* append(const void* code, std::uint32_t bytes);

  /// Puts a jump to `target` at an offset, over what is there or to have a jump that is there lead elsewhere.
  void put_jump(std::uint32_t place, const std::uint8_t* target);

  [[nodiscard]] std::uint32_t offset(const std::uint8_t* place) const {
    return static_cast<std::uint32_t>(place - executable);
  }

private:
  void write(std::uint32_t place, const void* code, std::uint32_t bytes);
};

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
