// EmittingOperation: one opcode being compiled, which is what the bodies of semantics.h run on here.
//
// It has the functions of Operation (isa/operation.h). Each hands out a Value instead of a number, and leaves
// code behind where something has to happen when the block runs.
#pragma once

#include "emitter.h"
#include "isa/opcode.h"

#include <array>
#include <cstdint>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

/// How a block goes on after its last opcode.
struct Exit {
  Value target;    ///< Unknown: it doesn't jump.
  Value condition; ///< Unknown: it always does.
  bool from_device = false;
};

class EmittingOperation {
public:
  /// `pc` is after the opcode byte; `tops` are the stack pointers, relative to those at the block's start.
  EmittingOperation(Emitter& emitter, const Decoded& mode, std::uint16_t pc, std::array<int, 2>& tops)
      : emitter_(emitter), mode_(mode), pc_(pc), tops_(tops), own_(mode.return_stack ? 1 : 0) {}

  void finish() {
    tops_[own_] += bottom() + pushed_;
    tops_[1 - own_] += pushed_other_;
  }
  [[nodiscard]] std::uint16_t next_pc() const { return pc_; }
  [[nodiscard]] Exit& exit() { return exit_; }

  Value pop() { return mode_.shorts ? pop_short() : pop_byte(); }
  Value pop_byte() { return emitter_.read_byte(own_, tops_[own_] - ++popped_); }
  Value pop_short() {
    popped_ += 2;
    return emitter_.read_short(own_, tops_[own_] - popped_);
  }

  void push(const Value& value) {
    if (!mode_.shorts) return push_byte(value);
    emitter_.write_short(own_, tops_[own_] + bottom() + pushed_, value);
    pushed_ += 2;
  }
  void push_byte(const Value& value) { emitter_.write_byte(own_, tops_[own_] + bottom() + pushed_++, value); }
  void push_other(const Value& value) {
    if (mode_.shorts) return push_other_short(value);
    emitter_.write_byte(1 - own_, tops_[1 - own_] + pushed_other_++, value);
  }
  void push_return_address() { push_other_short(pc()); }

  Value quotient(const Value& a, const Value& b) { return emitter_.quotient(a, b); }

  Value next() { return operand(mode_.shorts); }
  Value next_short() { return operand(true); }

  [[nodiscard]] Value pc() const { return number(emitter_, pc_, 16); }
  void jump(const Value& address) { exit_.target = address.cut(16); }
  void jump_if(const Value& condition, const Value& address) {
    jump(address);
    exit_.condition = condition;
  }
  [[nodiscard]] Value relative(const Value& distance) const {
    if (distance.constant())
      return number(emitter_, pc_ + static_cast<std::uint32_t>(static_cast<std::int8_t>(distance.number())),
                    16);
    return (emitter_.sign_extended(distance) + pc_).cut(16);
  }
  [[nodiscard]] Value target(const Value& address) const {
    return mode_.shorts ? address : relative(address);
  }

  Value load(const Value& address) { return emitter_.load(address, mode_.shorts, false); }
  Value load_zero_page(const Value& address) { return emitter_.load(address, mode_.shorts, true); }
  void store(const Value& address, const Value& value) { store(address, value, false); }
  void store_zero_page(const Value& address, const Value& value) { store(address, value, true); }

  Value read_device(const Value& port);
  void write_device(const Value& port, const Value& value);

private:
  [[nodiscard]] int bottom() const { return mode_.keep ? 0 : -popped_; }
  void push_other_short(const Value& value) {
    emitter_.write_short(1 - own_, tops_[1 - own_] + pushed_other_, value);
    pushed_other_ += 2;
  }
  void store(const Value& address, const Value& value, bool zero_page) {
    std::array<int, 2> moved = tops_;
    moved[own_] += bottom();
    emitter_.store(address, value, mode_.shorts, zero_page, pc_, moved);
  }
  Value operand(bool shorts);
  /// Removes the operands, writes the stacks back, moves their registers and emits a call of a stub for
  /// devices. `value` may be unknown.
  void call_device(Continuation stub, const Value& port, const Value& value);

  Emitter& emitter_;
  const Decoded& mode_;
  std::uint16_t pc_;
  std::array<int, 2>& tops_;
  unsigned own_;
  int popped_ = 0;
  int pushed_ = 0;
  int pushed_other_ = 0;
  Exit exit_;
};

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
