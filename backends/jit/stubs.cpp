// The code that all blocks share: the way in and out, and calls of C++.
#include "stub_code.h"

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

namespace {

template <class Function> const void* address(Function* function) {
  return reinterpret_cast<const void*>(function);
}

} // namespace

void write_stubs(Translation& translation) {
  CodeMemory& memory = translation.memory;
  Assembler assembler(memory, translation.features);
  StubCode code(assembler.native());
  const auto here = [&] {
    assembler.align(16);
    return memory.executable + assembler.offset();
  };
  Stubs stubs;

  // UBSan reads a few bytes in front of a function that it sees called.
  assembler.native().embedUInt64(0, 8);
  const Continuation enter = here();
  stubs.enter = reinterpret_cast<decltype(stubs.enter)>(reinterpret_cast<std::uintptr_t>(enter));
  code.begin();
  code.load_stack_pointers();
  code.jump_to_argument();

  stubs.leave = here();
  code.store_stack_pointers();
  code.store_pc();
  stubs.left = memory.executable + assembler.offset();
  code.end();

  stubs.resolve = here();
  code.call(address(&dispatchbench_jit_resolve));
  code.jump_to_result();

  stubs.interpret = here();
  code.store_stack_pointers();
  code.call(address(&dispatchbench_jit_interpret));
  code.load_stack_pointers();
  code.jump_to_result();

  stubs.store = here();
  code.call(address(&dispatchbench_jit_store));
  code.jump_to_result();

  stubs.read_device = here();
  code.store_stack_pointers();
  code.call_with_machine(address(&dispatchbench_jit_read_device));
  code.return_to_block();

  stubs.write_device = here();
  code.store_stack_pointers();
  code.call_with_machine(address(&dispatchbench_jit_write_device));
  code.load_stack_pointers();
  code.return_to_block();
  here(); // Up to the first block everything is an instruction, as a dump says.

  memory.append(assembler.data(), assembler.offset());
  stubs.end = memory.used;
  translation.stubs = stubs;
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
