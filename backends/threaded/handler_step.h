// HandlerStep: what the handler of an opcode, or of a sequence of them, does before the next one takes over.
//
// How it takes over is up to the backend: by a tail call (threaded.cpp) or by a switch (decoded_switch.cpp).
// Both run the bodies of the opcodes in a row (isa/sequence_operation.h) between one check of the stacks, and
// only where that doesn't suffice one look at what a store or a device has changed.
#pragma once

#include "decoded_program.h"
#include "isa/execute.h"
#include "isa/sequence_operation.h"
#include "isa/stack_plan.h"

// What add_backend may say: how many of the sequences of sequences.inc, and whether `top` is held.
#ifndef DISPATCHBENCH_SEQUENCES
#define DISPATCHBENCH_SEQUENCES 0
#endif
#ifndef DISPATCHBENCH_HOLDS_TOP
#define DISPATCHBENCH_HOLDS_TOP 0
#endif

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

inline constexpr bool holds_top = DISPATCHBENCH_HOLDS_TOP != 0;

/// The registers of a backend that runs a decoded program. The stack registers point at the byte on top, not
/// behind it, as in the assembly: most handlers then need no check for accesses that wrap around.
template <class Program> struct DecodedRegisters {
  std::uint8_t* ram;
  std::uint8_t* wst;
  std::uint8_t* rst;
  CodeAddress pc; ///< Of the opcode itself, without bits above 16, but for 10000 behind the last address.
  Program* program;
  CodeAddress top; ///< The byte on top of the working stack where a backend holds it, else unused.

  /// As the rest of this library has them: stack registers that point at the next free byte.
  DISPATCHBENCH_INLINE Registers at(CodeAddress address) const {
    return {program->machine, ram, wrapped(wst, 1), wrapped(rst, 1), address};
  }

  /// The other way around.
  DISPATCHBENCH_INLINE void take_stacks(const Registers& registers) {
    wst = wrapped(registers.wst, -1);
    rst = wrapped(registers.rst, -1);
    if constexpr (holds_top) top = *wst;
  }
};

/// What comes after a handler.
enum class HandlerStep : std::uint8_t {
  next,           ///< What continues at pc.
  jumped,         ///< The same, where a conditional jump was taken.
  one_by_one,     ///< Nothing has been done: an access would wrap around.
  code_changed,   ///< A store has hit code that something was decoded from (Program::stored).
  memory_changed, ///< A device has written to memory.
};

/// Runs `opcodes`, any but BRK.
template <Opcode... opcodes, class Program>
DISPATCHBENCH_INLINE HandlerStep handler_step(DecodedRegisters<Program>& registers) {
  constexpr std::array sequence{opcodes...};
  constexpr Decoded last = decoded(sequence.back());
  constexpr SequenceTouches touches = sequence_touches<opcodes...>();
  constexpr StackPlan wst_plan = stack_plan(touches.wst, holds_top);
  constexpr StackPlan rst_plan = stack_plan(touches.rst, false);
  constexpr SequenceEffect effect = sequence_effect_with_tops<opcodes...>(holds_top ? 1 : 0, 0);
  if (registers.top > 0xff) __builtin_unreachable();
  if (!starts_linear<wst_plan>(registers.wst) || !starts_linear<rst_plan>(registers.rst)) [[unlikely]]
    return HandlerStep::one_by_one;
  const MovedStack<wst_plan> moved_wst{registers.wst};
  const MovedStack<rst_plan> moved_rst{registers.rst};
  if (!moved_wst.ends_linear() || !moved_rst.ends_linear()) [[unlikely]] {
    registers.wst = moved_wst.start();
    registers.rst = moved_rst.start();
    return HandlerStep::one_by_one;
  }

  Program* const program = registers.program;
  Sequence<effect> run{program->machine, registers.ram, moved_wst.place_0(), moved_rst.place_0(),
                       registers.pc};
  if constexpr (holds_top) run.wst.give(-1, static_cast<std::uint8_t>(registers.top));
  execute_sequence<opcodes...>(run);
  run.wst.flush();
  run.rst.flush();
  if constexpr (last.row == Row::DEO) { // A device may have set the stack pointers.
    registers.take_stacks(enter(run.machine));
  } else {
    registers.wst = moved_wst.end();
    registers.rst = moved_rst.end();
    if constexpr (holds_top)
      registers.top = wst_plan.is_top_known ? run.wst.get(wst_plan.moved - 1) : *registers.wst;
  }

  if constexpr (is_jump(last.row)) {
    registers.pc = run.target;
    return HandlerStep::next;
  }
  if constexpr (is_conditional_jump(last.row)) {
    if (run.jumps) {
      registers.pc = run.target;
      return HandlerStep::jumped;
    }
  }
  registers.pc += effect.bytes;
  if constexpr (is_store(last.row)) {
    bool is_code = program->is_watched(run.stored);
    if constexpr (last.shorts) is_code |= program->is_watched(run.stored2);
    if (is_code) [[unlikely]] {
      program->stored = run.stored;
      program->stored2 = last.shorts ? run.stored2 : run.stored;
      return HandlerStep::code_changed;
    }
  }
  if constexpr (last.row == Row::DEO) {
    if (program->ram_changes != run.machine->ram_changes) [[unlikely]]
      return HandlerStep::memory_changed;
  }
  return HandlerStep::next;
}

/// Runs the opcode at pc, any but BRK, with every access wrapping around.
template <class Program> HandlerStep wrapping_step(DecodedRegisters<Program>& registers) {
  Program* const program = registers.program;
  Machine* const machine = program->machine;
  leave(registers.at(registers.pc + 1));
  const std::optional<StoreTarget> target = store_target(*machine);
  dispatchbench::execute_wrapping(machine);
  const Registers after = enter(machine);
  registers.take_stacks(after);
  registers.pc = after.pc;
  if (target) {
    program->stored = target->first;
    program->stored2 = target->second;
    return HandlerStep::code_changed;
  }
  return program->ram_changes != machine->ram_changes ? HandlerStep::memory_changed : HandlerStep::next;
}

/// The registers at the start of a vector.
template <class Program> DecodedRegisters<Program> start_decoded(Machine* machine) {
  auto* const program = static_cast<Program*>(machine->program);
  program->machine = machine;
  if (program->ram_changes != machine->ram_changes) program->forget_everything();
  const Registers start = enter(machine);
  DecodedRegisters<Program> registers{start.ram, nullptr, nullptr, start.pc, program, 0};
  registers.take_stacks(start);
  return registers;
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
