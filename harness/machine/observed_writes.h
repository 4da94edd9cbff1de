// How far a program has come, whatever runs it: every backend makes the same device writes in the same order.
#pragma once

#include "abi.h"

#include <cstdint>
#include <functional>

namespace dispatchbench {

/// While it lives, calls `on_write` before each device write of a machine. At most one in a thread.
class ObservedWrites {
public:
  ObservedWrites(Machine& machine, std::function<void()> on_write);
  ~ObservedWrites();
  ObservedWrites(const ObservedWrites&) = delete;
  ObservedWrites& operator=(const ObservedWrites&) = delete;

private:
  static void write(Machine* machine, std::uint8_t port, std::uint8_t value) noexcept;

  Machine& machine_;
  decltype(Machine::deo) deo_;
  std::function<void()> on_write_;
};

} // namespace dispatchbench
