// Several Uxn machines on one thread, each a coroutine that is suspended in the middle of its vector whenever
// its budget is used up. A host that serves many programs works like this, and it shows that a backend can
// leave and come back anywhere: tail-calling ones too, which have no native stack to keep.
#pragma once

#include "abi.h"

#include <coroutine>
#include <cstdint>
#include <exception>
#include <utility>
#include <vector>

namespace dispatchbench::testing {

/// A vector that is run in slices. Begins suspended; each `resume` runs one slice.
class SlicedVector {
public:
  struct promise_type { // NOLINT(readability-identifier-naming): the name that the language asks for.
    SlicedVector get_return_object() { return SlicedVector(Handle::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  using Handle = std::coroutine_handle<promise_type>;

  explicit SlicedVector(Handle handle) : handle_(handle) {}
  SlicedVector(SlicedVector&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  SlicedVector& operator=(SlicedVector&&) = delete;
  ~SlicedVector() {
    if (handle_) handle_.destroy();
  }

  bool has_ended() const { return handle_.done(); }
  void resume() { handle_.resume(); }

private:
  Handle handle_;
};

/// Runs `machine` from its pc to its BRK on a backend that honours budgets, `budget` at a time.
inline SlicedVector run_in_slices(const Backend& backend, Machine& machine, std::int64_t budget) {
  for (;;) {
    machine.budget = budget;
    backend.run(&machine);
    if (machine.budget >= 0) co_return;
    co_await std::suspend_always{};
  }
}

/// Runs a slice of each vector in turn until all have ended, and returns how many slices that took.
inline std::uint64_t interleave(std::vector<SlicedVector>& vectors) {
  std::uint64_t slices = 0;
  for (bool any = true; any;) {
    any = false;
    for (SlicedVector& vector : vectors) {
      if (vector.has_ended()) continue;
      vector.resume();
      ++slices;
      any = true;
    }
  }
  return slices;
}

} // namespace dispatchbench::testing
