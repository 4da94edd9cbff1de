// The code that all blocks share on x86-64: the way in and out, and calls of C++.
#include "../assembler.h"

#include "../translation.h"

#include <cstddef>
#include <iterator>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

using namespace asmjit::x86; // NOLINT(google-build-using-namespace): the names of registers.

namespace {

constexpr Gp preserved[] = {rbx, rbp, r12, r13, r14, r15};

Mem machine_of_translation() { return qword_ptr(r15, offsetof(Translation, machine)); }

void load_stack_pointers(NativeAssembler& code) {
  code.mov(rdi, machine_of_translation());
  code.movzx(ebx, byte_ptr(rdi, offsetof(Machine, wst)));
  code.movzx(ebp, byte_ptr(rdi, offsetof(Machine, rst)));
  code.add(rbx, qword_ptr(rdi, offsetof(Machine, working_stack)));
  code.add(rbp, qword_ptr(rdi, offsetof(Machine, return_stack)));
}

void store_stack_pointers(NativeAssembler& code) {
  code.mov(rdi, machine_of_translation());
  code.mov(byte_ptr(rdi, offsetof(Machine, wst)), bl);
  code.mov(byte_ptr(rdi, offsetof(Machine, rst)), bpl);
}

/// Calls function(translation, eax, edx).
template <class Function> void call(NativeAssembler& code, Function* function) {
  code.mov(rdi, r15);
  code.mov(esi, eax);
  code.mov(rax, reinterpret_cast<std::uintptr_t>(function));
  code.call(rax);
}

} // namespace

void write_stubs(Translation& translation) {
  CodeMemory& memory = translation.memory;
  Assembler assembler(memory, translation.features);
  NativeAssembler& code = assembler.native();
  const auto here = [&] {
    assembler.align(16);
    return memory.executable + assembler.offset();
  };

  // UBSan reads a few bytes in front of a function that it sees called.
  code.embedUInt64(0, 8);
  const Continuation enter = here();
  for (const Gp& saved : preserved) code.push(saved);
  code.sub(rsp, 8); // Calls need a stack aligned to 16 bytes.
  code.mov(r15, rdi);
  code.mov(rdi, machine_of_translation());
  code.mov(r12, qword_ptr(rdi, offsetof(Machine, ram)));
  load_stack_pointers(code);
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
  load_stack_pointers(code);
  code.jmp(rax);

  stubs.store = here();
  call(code, dispatchbench_jit_store);
  code.jmp(rax);

  stubs.read_device = here();
  store_stack_pointers(code);
  code.mov(esi, eax);
  code.mov(rax, reinterpret_cast<std::uintptr_t>(&dispatchbench_jit_read_device));
  code.jmp(rax);

  stubs.write_device = here();
  store_stack_pointers(code);
  code.mov(esi, eax);
  code.mov(rax, reinterpret_cast<std::uintptr_t>(&dispatchbench_jit_write_device));
  code.sub(rsp, 8);
  code.call(rax);
  code.add(rsp, 8);
  load_stack_pointers(code);
  code.ret();
  here(); // Up to the first block everything is an instruction, as a dump says.

  memory.append(assembler.data(), assembler.offset());
  stubs.enter = reinterpret_cast<decltype(stubs.enter)>(reinterpret_cast<std::uintptr_t>(enter));
  stubs.end = memory.used;
  translation.stubs = stubs;
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
