// SequenceOperation: one opcode of a sequence that is executed as a whole, over the bodies of semantics.h.
//
// Unlike an Operation it works on windows over both stacks (window.h), so that what one opcode pushes and the
// next one pops never passes through memory. It changes no stack register and no pc: the sequence says at its
// end where both are. Operands are read from memory, so a program may change them at any time.
#pragma once

#include "sequence_effect.h"
#include "window.h"

#include <type_traits>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

/// A sequence being executed. `effect` says what it reaches (sequence_effect.h). With Linear, the caller has
/// found that no access wraps around.
template <SequenceEffect effect, class Access> struct Sequence {
  using Kind = Access;

  Machine* machine;
  std::uint8_t* ram;
  std::uint64_t pc; ///< Of its first opcode: 0 to ffff.
  Window<effect.wst.below, effect.wst.above, Access> wst;
  Window<effect.rst.below, effect.rst.above, Access> rst;

  int offset = 0;            ///< From `pc`, behind what has been read of the code.
  bool jumps = false;        ///< The last opcode is a jump that is taken.
  std::uint16_t target = 0;  ///< Where to.
  std::uint16_t stored = 0;  ///< Where the last opcode has written, if it is a store,
  std::uint16_t stored2 = 0; ///< and where its second byte, if it has one.

  DISPATCHBENCH_INLINE Sequence(Machine* of, std::uint8_t* memory, std::uint8_t* working, std::uint8_t* ret,
                                std::uint64_t start)
      : machine(of), ram(memory), pc(start), wst(working), rst(ret) {}
};

/// One opcode of `Run`, a Sequence.
template <Opcode opcode, class Run> class SequenceOperation {
  static constexpr Decoded mode = decoded(opcode);

public:
  using Value = std::conditional_t<mode.shorts, std::uint16_t, std::uint8_t>;

  DISPATCHBENCH_INLINE explicit SequenceOperation(Run& run) : run_(run) { ++run_.offset; }

  /// Ends the opcode: moves the windows by what was popped and pushed.
  DISPATCHBENCH_INLINE void finish() {
    own().move(bottom() + pushed_);
    other().move(pushed_other_);
  }

  DISPATCHBENCH_INLINE Value pop() {
    if constexpr (mode.shorts)
      return pop_short();
    else
      return pop_byte();
  }
  DISPATCHBENCH_INLINE std::uint8_t pop_byte() { return own().get(own().depth() - ++popped_); }
  DISPATCHBENCH_INLINE std::uint16_t pop_short() {
    const std::uint8_t low = pop_byte();
    const std::uint8_t high = pop_byte();
    return static_cast<std::uint16_t>(high << 8 | low);
  }

  DISPATCHBENCH_INLINE void push(std::uint32_t value) {
    if constexpr (mode.shorts) push_byte(static_cast<std::uint8_t>(value >> 8));
    push_byte(static_cast<std::uint8_t>(value));
  }
  DISPATCHBENCH_INLINE void push_byte(std::uint8_t value) {
    own().put(own().depth() + bottom() + pushed_++, value);
  }
  DISPATCHBENCH_INLINE void push_other(Value value) {
    if constexpr (mode.shorts) push_other_byte(static_cast<std::uint8_t>(value >> 8));
    push_other_byte(static_cast<std::uint8_t>(value));
  }
  DISPATCHBENCH_INLINE void push_return_address() {
    push_other_byte(static_cast<std::uint8_t>(pc() >> 8));
    push_other_byte(static_cast<std::uint8_t>(pc()));
  }

  /// a/b, and 0 where b is 0.
  DISPATCHBENCH_INLINE static std::uint32_t quotient(Value a, Value b) {
    const std::uint32_t divisor = b; // Wide, since processors divide bytes no faster than 32 bits.
    return divisor == 0 ? 0 : a / divisor;
  }

  /// Reads the operand that follows the opcode and steps over it.
  DISPATCHBENCH_INLINE Value next() {
    if constexpr (mode.shorts)
      return next_short();
    else
      return next_byte();
  }
  DISPATCHBENCH_INLINE std::uint16_t next_short() {
    if constexpr (std::is_same_v<typename Run::Kind, Linear>) {
      // As one expression, which is one load: nothing writes to code byte by byte just before.
      const std::uint8_t* const operand = run_.ram + run_.pc + run_.offset;
      run_.offset += 2;
      return static_cast<std::uint16_t>(operand[0] << 8 | operand[1]);
    } else {
      const std::uint8_t high = next_byte();
      return static_cast<std::uint16_t>(high << 8 | next_byte());
    }
  }

  DISPATCHBENCH_INLINE std::uint16_t pc() const { return static_cast<std::uint16_t>(run_.pc + run_.offset); }
  DISPATCHBENCH_INLINE void jump(std::uint16_t address) { jump_if(true, address); }
  DISPATCHBENCH_INLINE void jump_if(bool condition, std::uint16_t address) {
    run_.jumps = condition;
    run_.target = address;
  }
  DISPATCHBENCH_INLINE std::uint16_t relative(std::uint8_t distance) const {
    return static_cast<std::uint16_t>(pc() + static_cast<std::int8_t>(distance));
  }
  /// Where a popped jump operand leads.
  DISPATCHBENCH_INLINE std::uint16_t target(Value address) const {
    if constexpr (mode.shorts)
      return address;
    else
      return relative(address);
  }

  DISPATCHBENCH_INLINE Value load(std::uint16_t address) const {
    return load_at(address, static_cast<std::uint16_t>(address + 1));
  }
  DISPATCHBENCH_INLINE Value load_zero_page(std::uint8_t address) const {
    return load_at(address, static_cast<std::uint8_t>(address + 1));
  }
  DISPATCHBENCH_INLINE void store(std::uint16_t address, Value value) {
    store_at(address, static_cast<std::uint16_t>(address + 1), value);
  }
  DISPATCHBENCH_INLINE void store_zero_page(std::uint8_t address, Value value) {
    store_at(address, static_cast<std::uint8_t>(address + 1), value);
  }

  DISPATCHBENCH_INLINE Value read_device(std::uint8_t port) {
    Machine* const machine = settle();
    if constexpr (mode.shorts) {
      const std::uint8_t high = machine->dei(machine, port);
      const std::uint8_t low = machine->dei(machine, static_cast<std::uint8_t>(port + 1));
      return static_cast<Value>(high << 8 | low);
    } else {
      return machine->dei(machine, port);
    }
  }
  DISPATCHBENCH_INLINE void write_device(std::uint8_t port, Value value) {
    Machine* const machine = settle();
    if constexpr (mode.shorts) {
      machine->deo(machine, port, static_cast<std::uint8_t>(value >> 8));
      machine->deo(machine, static_cast<std::uint8_t>(port + 1), static_cast<std::uint8_t>(value));
    } else {
      machine->deo(machine, port, value);
    }
    run_.wst.restart(machine->working_stack + machine->wst);
    run_.rst.restart(machine->return_stack + machine->rst);
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

  DISPATCHBENCH_INLINE std::uint8_t next_byte() {
    const std::uint64_t address = run_.pc + run_.offset++;
    if constexpr (std::is_same_v<typename Run::Kind, Linear>)
      return run_.ram[address];
    else
      return run_.ram[static_cast<std::uint16_t>(address)];
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

  DISPATCHBENCH_INLINE Value load_at(std::uint16_t address, std::uint16_t next) const {
    if constexpr (mode.shorts)
      return static_cast<Value>(opaque(run_.ram[address]) << 8 | opaque(run_.ram[next]));
    else
      return run_.ram[address];
  }
  DISPATCHBENCH_INLINE void store_at(std::uint16_t address, std::uint16_t next, Value value) {
    run_.stored = address;
    if constexpr (mode.shorts) {
      run_.stored2 = next;
      run_.ram[address] = static_cast<std::uint8_t>(value >> 8);
      run_.ram[next] = static_cast<std::uint8_t>(value);
    } else {
      run_.ram[address] = value;
    }
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
