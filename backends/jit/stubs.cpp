// The code that all blocks share: the way in and out, and calls to the compiler.
//
// A block finds the translation in r15, memory in r12, and the next free byte of each stack in rbx and rbp.
// The ordinary calling convention preserves all four, so that C++ can be called without saving anything.
#include "emitting_operation.h"

#include <cstddef>
#include <cstdlib>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

using namespace asmjit::x86; // NOLINT(google-build-using-namespace): the names of registers.

namespace {

constexpr Gp preserved[] = {rbx, rbp, r12, r13, r14, r15};

void store_stack_pointers(Assembler& code) {
  code.mov(rdi, field(offsetof(Translation, machine), 8));
  code.mov(byte_ptr(rdi, offsetof(Machine, wst)), bl);
  code.mov(byte_ptr(rdi, offsetof(Machine, rst)), bpl);
}

/// Calls function(translation, eax, edx).
template <class Function> void call(Assembler& code, Function* function) {
  code.mov(rdi, translation_register);
  code.mov(esi, eax);
  code.mov(rax, reinterpret_cast<std::uintptr_t>(function));
  code.call(rax);
}

} // namespace

void write_stubs(Translation& translation) {
  CodeMemory& memory = translation.memory;
  asmjit::CodeHolder holder;
  if (holder.init(asmjit::Environment::host(), reinterpret_cast<std::uintptr_t>(memory.executable)) !=
      asmjit::kErrorOk)
    std::abort(); // Out of memory.
  Assembler code(&holder);
  const auto here = [&] {
    code.align(asmjit::AlignMode::kCode, 16);
    return memory.executable + code.offset();
  };

  // UBSan reads a few bytes in front of a function that it sees called.
  code.embedUInt64(0, 8);
  const Continuation enter = here();
  for (const Gp& saved : preserved) code.push(saved);
  code.sub(rsp, 8); // Calls need a stack aligned to 16 bytes.
  code.mov(translation_register, rdi);
  code.mov(rdi, field(offsetof(Translation, machine), 8));
  code.mov(ram_register, qword_ptr(rdi, offsetof(Machine, ram)));
  load_stack_registers(code);
  code.jmp(rsi);

  Stubs stubs;
  stubs.leave = here();
  store_stack_pointers(code);
  code.mov(word_ptr(rdi, offsetof(Machine, pc)), ax);
  stubs.left = memory.executable + code.offset();
  code.add(rsp, 8);
  for (auto saved = std::rbegin(preserved); saved != std::rend(preserved); ++saved) code.pop(*saved);
  code.ret();

  stubs.resolve = here();
  call(code, dispatchbench_jit_resolve);
  code.jmp(rax);

  stubs.interpret = here();
  store_stack_pointers(code);
  call(code, dispatchbench_jit_interpret);
  load_stack_registers(code);
  code.jmp(rax);

  stubs.store = here();
  call(code, dispatchbench_jit_store);
  code.jmp(rax);
  here(); // Up to the first block everything is an instruction, as a dump says.

  memory.append(holder.textSection()->data(),
                static_cast<std::uint32_t>(holder.textSection()->buffer().size()));
  stubs.enter = reinterpret_cast<decltype(stubs.enter)>(reinterpret_cast<std::uintptr_t>(enter));
  stubs.end = memory.used;
  translation.stubs = stubs;
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
