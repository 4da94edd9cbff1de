// The pieces that stubs consist of. x86_64/ and aarch64/ say what each is.
#pragma once

#include "translation.h"

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

class StubCode {
public:
  explicit StubCode(NativeAssembler& code) : code_(code) {}

  /// Begins a function of C, (Translation*, Continuation): saves what it has to preserve, and fills the
  /// registers that blocks find filled but the stacks'.
  void begin();
  /// Goes on at the Continuation that `begin` got.
  void jump_to_argument();
  /// Returns from that function.
  void end();

  void load_stack_pointers();
  void store_stack_pointers();
  /// Stores the pc in argument_registers[0]. Only after store_stack_pointers.
  void store_pc();

  /// Calls function(translation, argument_registers[0], argument_registers[1]).
  void call(const void* function);
  /// Goes on at the Continuation that the function returned.
  void jump_to_result();

  // In a stub that blocks call, behind store_stack_pointers:

  /// Calls function(machine, argument_registers...).
  void call_with_machine(const void* function);
  void return_to_block();

private:
  NativeAssembler& code_;
};

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
