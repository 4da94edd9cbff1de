// Window: the bytes around the top of a stack, each in a variable of its own.
//
// A plain Operation loads each byte it pops and stores each byte it pushes. When several opcodes run in a
// row, or when a backend keeps the top of a stack in registers between handlers, most of that goes: a window
// loads a byte when it is first read and not known yet, and stores at the end what has been written. A byte
// that was written twice is stored once, with what was written last; none is left out, since bytes above the
// stack pointer stay visible to the program and to whoever compares machines.
//
// Which bytes are known and which are written depends on the opcodes alone, so the compiler works it out and
// only loads, stores and values in registers remain.
#pragma once

#include "operation.h"

#include <cstdint>
#include <utility>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

/// `below` bytes below a stack register and `above` bytes from it on. Places are offsets from the stack
/// register as it was at the start: -1 is the top of the stack. No access
/// wraps around.
template <int below, int above> class Window {
  static constexpr int size = below + above;
  static_assert(below >= 0 && above >= 0 && size <= 64);

public:
  DISPATCHBENCH_INLINE explicit Window(std::uint8_t* top) : top_(top) {}

  /// The byte at `place`, loaded if it isn't known yet.
  DISPATCHBENCH_INLINE std::uint8_t get(int place) {
    if ((known_ & bit(place)) == 0) give(place, opaque(top_[place]));
    return bytes_[place + below];
  }

  /// Writes the byte at `place`; `flush` stores it.
  DISPATCHBENCH_INLINE void put(int place, std::uint8_t byte) {
    give(place, byte);
    written_ |= bit(place);
  }

  /// Says that memory holds `byte` at `place`: a stack top that the caller has in a register. (One that
  /// memory doesn't hold yet is a `put`.)
  DISPATCHBENCH_INLINE void give(int place, std::uint8_t byte) {
    bytes_[place + below] = byte;
    known_ |= bit(place);
  }

  /// Stores what was written. Bytes stay known.
  DISPATCHBENCH_INLINE void flush() {
    flush_places(std::make_integer_sequence<int, size>{});
    written_ = 0;
  }

  /// How far the stack register has moved.
  DISPATCHBENCH_INLINE int depth() const { return depth_; }
  DISPATCHBENCH_INLINE void move(int bytes) { depth_ += bytes; }

  /// The stack register where it has moved to.
  DISPATCHBENCH_INLINE std::uint8_t* top() const { return top_ + depth_; }

  /// Starts again at another stack register, with no byte known. Call `flush` first.
  DISPATCHBENCH_INLINE void restart(std::uint8_t* top) { *this = Window{top}; }

private:
  DISPATCHBENCH_INLINE static constexpr std::uint64_t bit(int place) {
    return std::uint64_t{1} << (place + below);
  }

  /// One expression per place instead of a loop: the compiler then always knows which remain.
  template <int... index> DISPATCHBENCH_INLINE void flush_places(std::integer_sequence<int, index...>) {
    ((written_ & bit(index - below) ? void(top_[index - below] = bytes_[index]) : void()), ...);
  }

  std::uint8_t* top_;
  int depth_ = 0;
  std::uint64_t known_ = 0;
  std::uint64_t written_ = 0;
  std::uint8_t bytes_[size + 1]; // One more, since there are no arrays of nothing.
};

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
