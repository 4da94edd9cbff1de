// SequenceOperation: one opcode of a sequence that is executed as a whole, over the bodies of semantics.h.
//
// Unlike an Operation it works on windows over both stacks (window.h), so that what one opcode pushes and the
// next one pops never passes through memory. It changes no stack register and no pc: the sequence says at its
// end where both are. Operands are read from memory, so a program may change them at any time.
#pragma once

#include "sequence_effect.h"
#include "window.h"

#include <bit>
#include <cstring>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

/// An operand of two bytes, in one load and one rotation: unlike a stack, code is hardly ever written just
/// before it is read. Clang loads the bytes apart where the short is widened. (It gains nothing where opcodes
/// run one by one on an Operation: tail_call takes 1.26 with it and 1.24 without, with intervals of 0.02.)
DISPATCHBENCH_INLINE std::uint16_t code_short(const std::uint8_t* at) {
  std::uint16_t value;
  std::memcpy(&value, at, sizeof value);
  return std::endian::native == std::endian::little ? __builtin_bswap16(value) : value;
}

/// A sequence being executed. `effect` says what it reaches (sequence_effect.h). The caller has found that no
/// access wraps around.
template <SequenceEffect effect> struct Sequence {
  Machine* machine;
  std::uint8_t* ram;
  CodeAddress pc; ///< Of its first opcode: 0 to ffff.
  Window<effect.wst.below, effect.wst.above> wst;
  Window<effect.rst.below, effect.rst.above> rst;

  int offset = 0;            ///< From `pc`, behind what has been read of the code.
  bool jumps = false;        ///< The last opcode is a jump that is taken.
  std::uint16_t target = 0;  ///< Where to.
  std::uint16_t stored = 0;  ///< Where the last opcode has written, if it is a store,
  std::uint16_t stored2 = 0; ///< and where its second byte, if it has one.

  DISPATCHBENCH_INLINE Sequence(Machine* of, std::uint8_t* memory, std::uint8_t* working, std::uint8_t* ret,
                                CodeAddress start)
      : machine(of), ram(memory), pc(start), wst(working), rst(ret) {}
};

/// One opcode of `Run`, a Sequence.
template <Opcode opcode, class Run>
class SequenceOperation : public OperationOn<opcode, SequenceOperation<opcode, Run>> {
  static constexpr Decoded mode = decoded(opcode);
  friend OperationOn<opcode, SequenceOperation>;

public:
  DISPATCHBENCH_INLINE explicit SequenceOperation(Run& run) : run_(run) { ++run_.offset; }

  /// Ends the opcode: moves the windows by what was popped and pushed.
  DISPATCHBENCH_INLINE void finish() {
    own().move(bottom() + pushed_);
    other().move(pushed_other_);
  }

  DISPATCHBENCH_INLINE std::uint8_t pop_byte() { return own().get(own().depth() - ++popped_); }
  DISPATCHBENCH_INLINE void push_byte(std::uint8_t value) {
    own().put(own().depth() + bottom() + pushed_++, value);
  }

  DISPATCHBENCH_INLINE std::uint16_t next_short() {
    const std::uint16_t operand = code_short(run_.ram + run_.pc + run_.offset);
    run_.offset += 2;
    return operand;
  }

  DISPATCHBENCH_INLINE void jump(std::uint16_t address) { jump_if(true, address); }
  DISPATCHBENCH_INLINE void jump_if(bool condition, std::uint16_t address) {
    run_.jumps = condition;
    run_.target = address;
  }

private:
  DISPATCHBENCH_INLINE auto& own() {
    if constexpr (mode.return_stack)
      return run_.rst;
    else
      return run_.wst;
  }
  DISPATCHBENCH_INLINE auto& other() {
    if constexpr (mode.return_stack)
      return run_.wst;
    else
      return run_.rst;
  }

  /// Where pushing starts, relative to the stack register: below the operands, or with keep on top of them.
  DISPATCHBENCH_INLINE int bottom() const { return mode.keep ? 0 : -popped_; }

  DISPATCHBENCH_INLINE void push_other_byte(std::uint8_t value) {
    other().put(other().depth() + pushed_other_++, value);
  }
  DISPATCHBENCH_INLINE std::uint8_t next_byte() { return run_.ram[run_.pc + run_.offset++]; }
  DISPATCHBENCH_INLINE CodeAddress code_address() const { return run_.pc + run_.offset; }
  DISPATCHBENCH_INLINE std::uint8_t* ram() const { return run_.ram; }
  DISPATCHBENCH_INLINE void note_store(std::uint16_t first, std::uint16_t second) {
    run_.stored = first;
    if constexpr (mode.shorts) run_.stored2 = second;
  }

  /// Removes the operands before a device acts, and stores both stacks where it sees them.
  DISPATCHBENCH_INLINE Machine* settle() {
    own().move(bottom());
    popped_ = 0;
    run_.wst.flush();
    run_.rst.flush();
    run_.machine->wst = stack_pointer(run_.wst.top());
    run_.machine->rst = stack_pointer(run_.rst.top());
    return run_.machine;
  }
  DISPATCHBENCH_INLINE void resume() {
    run_.wst.restart(run_.machine->working_stack + run_.machine->wst);
    run_.rst.restart(run_.machine->return_stack + run_.machine->rst);
  }

  Run& run_;
  int popped_ = 0;
  int pushed_ = 0;
  int pushed_other_ = 0;
};

/// Executes the next opcode of a sequence.
template <Opcode opcode, class Run> DISPATCHBENCH_INLINE void execute_in(Run& run) {
  SequenceOperation<opcode, Run> operation{run};
  Semantics<opcode>::run(operation);
  operation.finish();
}

/// Executes `opcodes` in a row. What they have pushed still has to be stored (Window::flush).
template <Opcode... opcodes, class Run> DISPATCHBENCH_INLINE void execute_sequence(Run& run) {
  (execute_in<opcodes>(run), ...);
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
