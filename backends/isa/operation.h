// Operation: one opcode being executed, which is what the bodies of semantics.h run on in an interpreter.
//
// semantics.h says what a row does; this file turns its pops, pushes and memory accesses into loads and
// stores. Each comes in two kinds: Linear, plain offsets from the stack register, and Wrapping, for accesses
// that may wrap around the end of a stack or of memory. execute.h chooses between them.
#pragma once

#include "opcode.h"
#include "registers.h"

#include <type_traits>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

/// A byte from memory that the compiler can't merge with its neighbour into one wider load. A stack is mostly
/// written byte by byte just before it is read, and a load that spans two stores has to wait until both have
/// reached the cache. Keeping byte loads apart took the tail-call backend from 1.50 to 1.08 of the time of
/// hand-written assembly.
DISPATCHBENCH_INLINE std::uint8_t opaque(std::uint8_t byte) {
  unsigned value = byte; // As wide as a register, with its range restated: no extension where it is used.
  asm("" : "+r"(value));
  if (value > 0xff) __builtin_unreachable();
  return static_cast<std::uint8_t>(value);
}

/// Accesses that don't wrap: plain offsets.
struct Linear {
  DISPATCHBENCH_INLINE static std::uint8_t* at(std::uint8_t* top, int offset) { return top + offset; }
  DISPATCHBENCH_INLINE static std::uint16_t operand_short(const Registers& registers) {
    return static_cast<std::uint16_t>(registers.ram[program_counter(registers)] << 8 |
                                      registers.ram[program_counter(registers) + 1]);
  }
};

/// Accesses that may wrap, byte by byte.
struct Wrapping {
  DISPATCHBENCH_INLINE static std::uint8_t* at(std::uint8_t* top, int offset) { return wrapped(top, offset); }
  DISPATCHBENCH_INLINE static std::uint16_t operand_short(const Registers& registers) {
    return static_cast<std::uint16_t>(registers.ram[program_counter(registers)] << 8 |
                                      registers.ram[static_cast<std::uint16_t>(registers.pc + 1)]);
  }
};

/// What the mode of `opcode` makes of pops, pushes, operands and accesses: bytes. `Self`, which derives from
/// this, moves the bytes: pop_byte, push_byte, push_other_byte, next_byte, next_short; `code_address`, pc, of
/// which the low 16 bits count; `ram`; `note_store`, told where a store is going to write; `settle` and
/// `resume` around what a device may see and set.
template <Opcode opcode, class Self> class OperationOn {
  static constexpr Decoded mode = decoded(opcode);

public:
  using Value = std::conditional_t<mode.shorts, std::uint16_t, std::uint8_t>;

  DISPATCHBENCH_INLINE Value pop() {
    if constexpr (mode.shorts)
      return pop_short();
    else
      return self().pop_byte();
  }
  DISPATCHBENCH_INLINE std::uint16_t pop_short() {
    const std::uint8_t low = self().pop_byte();
    const std::uint8_t high = self().pop_byte();
    return static_cast<std::uint16_t>(high << 8 | low);
  }

  DISPATCHBENCH_INLINE void push(std::uint32_t value) {
    if constexpr (mode.shorts) self().push_byte(static_cast<std::uint8_t>(value >> 8));
    self().push_byte(static_cast<std::uint8_t>(value));
  }
  DISPATCHBENCH_INLINE void push_other(Value value) {
    if constexpr (mode.shorts) self().push_other_byte(static_cast<std::uint8_t>(value >> 8));
    self().push_other_byte(static_cast<std::uint8_t>(value));
  }
  DISPATCHBENCH_INLINE void push_return_address() {
    self().push_other_byte(static_cast<std::uint8_t>(self().code_address() >> 8));
    self().push_other_byte(static_cast<std::uint8_t>(self().code_address()));
  }

  /// a/b, and 0 where b is 0.
  DISPATCHBENCH_INLINE static std::uint32_t quotient(Value a, Value b) {
    const std::uint32_t divisor = b; // Wide, since processors divide bytes no faster than 32 bits.
    return divisor == 0 ? 0 : a / divisor;
  }

  /// Reads the operand that follows the opcode and steps over it.
  DISPATCHBENCH_INLINE Value next() {
    if constexpr (mode.shorts)
      return self().next_short();
    else
      return self().next_byte();
  }

  DISPATCHBENCH_INLINE std::uint16_t pc() const { return static_cast<std::uint16_t>(self().code_address()); }
  DISPATCHBENCH_INLINE std::uint16_t relative(std::uint8_t distance) const {
    return static_cast<std::uint16_t>(self().code_address() + static_cast<std::int8_t>(distance));
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
    Machine* const machine = self().settle();
    if constexpr (mode.shorts) {
      const std::uint8_t high = machine->dei(machine, port);
      const std::uint8_t low = machine->dei(machine, static_cast<std::uint8_t>(port + 1));
      return static_cast<Value>(high << 8 | low);
    } else {
      return machine->dei(machine, port);
    }
  }
  DISPATCHBENCH_INLINE void write_device(std::uint8_t port, Value value) {
    Machine* const machine = self().settle();
    if constexpr (mode.shorts) {
      machine->deo(machine, port, static_cast<std::uint8_t>(value >> 8));
      machine->deo(machine, static_cast<std::uint8_t>(port + 1), static_cast<std::uint8_t>(value));
    } else {
      machine->deo(machine, port, value);
    }
    self().resume();
  }

private:
  DISPATCHBENCH_INLINE Self& self() { return static_cast<Self&>(*this); }
  DISPATCHBENCH_INLINE const Self& self() const { return static_cast<const Self&>(*this); }

  DISPATCHBENCH_INLINE Value load_at(std::uint16_t address, std::uint16_t next) const {
    if constexpr (mode.shorts)
      return static_cast<Value>(opaque(self().ram()[address]) << 8 | opaque(self().ram()[next]));
    else
      return self().ram()[address];
  }
  DISPATCHBENCH_INLINE void store_at(std::uint16_t address, std::uint16_t next, Value value) {
    self().note_store(address, next);
    if constexpr (mode.shorts) {
      self().ram()[address] = static_cast<std::uint8_t>(value >> 8);
      self().ram()[next] = static_cast<std::uint8_t>(value);
    } else {
      self().ram()[address] = value;
    }
  }
};

/// One opcode being executed: what the bodies of semantics.h work on. `Access` is Linear or Wrapping.
template <Opcode opcode, class Access>
class Operation : public OperationOn<opcode, Operation<opcode, Access>> {
  static constexpr Decoded mode = decoded(opcode);
  friend OperationOn<opcode, Operation>;

public:
  DISPATCHBENCH_INLINE explicit Operation(Registers& registers) : registers_(registers) {}

  /// Ends the operation: moves the stack registers by what was popped and pushed.
  DISPATCHBENCH_INLINE void finish() {
    own() = Access::at(own(), bottom() + pushed_);
    other() = Access::at(other(), pushed_other_);
  }

  DISPATCHBENCH_INLINE std::uint8_t pop_byte() { return opaque(*Access::at(own(), -++popped_)); }
  DISPATCHBENCH_INLINE void push_byte(std::uint8_t value) {
    *Access::at(own(), bottom() + pushed_++) = value;
  }

  DISPATCHBENCH_INLINE std::uint16_t next_short() {
    const std::uint16_t value = Access::operand_short(registers_);
    registers_.pc += 2;
    return value;
  }

  DISPATCHBENCH_INLINE void jump(std::uint16_t address) { registers_.pc = address; }
  DISPATCHBENCH_INLINE void jump_if(bool condition, std::uint16_t address) {
    if (condition) {
      // Forces a branch. With a conditional move, pc and with it the next opcode would wait for the
      // condition, which a predictor nearly always knows.
      asm volatile("");
      registers_.pc = address;
    }
  }

private:
  DISPATCHBENCH_INLINE std::uint8_t*& own() { return mode.return_stack ? registers_.rst : registers_.wst; }
  DISPATCHBENCH_INLINE std::uint8_t*& other() { return mode.return_stack ? registers_.wst : registers_.rst; }

  /// Where pushing starts, relative to the stack register: below the operands, or with keep on top of them.
  DISPATCHBENCH_INLINE int bottom() const { return mode.keep ? 0 : -popped_; }

  DISPATCHBENCH_INLINE void push_other_byte(std::uint8_t value) {
    *Access::at(other(), pushed_other_++) = value;
  }
  DISPATCHBENCH_INLINE std::uint8_t next_byte() { return fetch(registers_); }
  DISPATCHBENCH_INLINE CodeAddress code_address() const { return registers_.pc; }
  DISPATCHBENCH_INLINE std::uint8_t* ram() const { return registers_.ram; }
  DISPATCHBENCH_INLINE void note_store(std::uint16_t, std::uint16_t) {}

  /// Removes the operands before a device acts and stores the stack pointers where it sees them.
  DISPATCHBENCH_INLINE Machine* settle() {
    own() = Access::at(own(), bottom());
    popped_ = 0;
    store_stack_pointers(registers_);
    return registers_.machine;
  }
  DISPATCHBENCH_INLINE void resume() { load_stack_pointers(registers_); }

  Registers& registers_;
  int popped_ = 0;
  int pushed_ = 0;
  int pushed_other_ = 0;
};

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
