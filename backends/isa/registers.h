// The part of the machine that a C++ backend keeps in processor registers while a vector runs.
#pragma once

#include "abi.h"
#include "backend_namespace.h"

#include <cstdint>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

/// A program counter in a register: as wide as one, since its upper bits cost nothing until pc is used.
using CodeAddress = std::uintptr_t;

/// The machine's hot state. The stack registers point at the next free byte; since a stack is aligned to its
/// size, the low byte is the Uxn stack pointer and one register holds base and index together.
struct Registers {
  Machine* machine;
  std::uint8_t* ram;
  std::uint8_t* wst;
  std::uint8_t* rst;
  /// The low 16 bits are the Uxn program counter. They are extracted where pc is used, not where it advances:
  /// that shortens the path from one opcode's pc to the next from two cycles to one (tail_call: 0.96 of the
  /// time).
  CodeAddress pc;
};

/// The Uxn program counter.
DISPATCHBENCH_INLINE std::uint16_t program_counter(const Registers& registers) {
  return static_cast<std::uint16_t>(registers.pc);
}

/// The Uxn stack pointer (0 to 255) of a stack register.
DISPATCHBENCH_INLINE std::uint8_t stack_pointer(const std::uint8_t* top) {
  return static_cast<std::uint8_t>(reinterpret_cast<std::uintptr_t>(top));
}

/// The address `offset` bytes from `top` in the same stack, wrapping inside its 256 bytes.
DISPATCHBENCH_INLINE std::uint8_t* wrapped(std::uint8_t* top, int offset) {
  const int pointer = stack_pointer(top);
  return top - pointer + static_cast<std::uint8_t>(pointer + offset);
}

/// Stores the stack pointers into the machine, where device code reads and sets them.
DISPATCHBENCH_INLINE void store_stack_pointers(const Registers& registers) {
  registers.machine->wst = stack_pointer(registers.wst);
  registers.machine->rst = stack_pointer(registers.rst);
}

/// Reloads the stack registers from the stack pointers in the machine.
DISPATCHBENCH_INLINE void load_stack_pointers(Registers& registers) {
  registers.wst = registers.machine->working_stack + registers.machine->wst;
  registers.rst = registers.machine->return_stack + registers.machine->rst;
}

/// Loads the registers at the start of a vector.
DISPATCHBENCH_INLINE Registers enter(Machine* machine) {
  Registers registers{machine, machine->ram, nullptr, nullptr, machine->pc};
  load_stack_pointers(registers);
  return registers;
}

/// Stores the registers at the end of a vector.
DISPATCHBENCH_INLINE void leave(const Registers& registers) {
  store_stack_pointers(registers);
  registers.machine->pc = program_counter(registers);
}

/// Reads the opcode at pc and steps over it.
DISPATCHBENCH_INLINE std::uint8_t fetch(Registers& registers) {
  const std::uint8_t opcode = registers.ram[program_counter(registers)];
  ++registers.pc;
  return opcode;
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
