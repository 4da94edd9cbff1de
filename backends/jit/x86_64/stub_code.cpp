#include "../stub_code.h"

#include <cstddef>
#include <iterator>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

using namespace asmjit::x86; // NOLINT(google-build-using-namespace): the names of registers.

namespace {

constexpr Gp preserved[] = {rbx, rbp, r12, r13, r14, r15};

Mem machine_of_translation() { return qword_ptr(r15, offsetof(Translation, machine)); }

} // namespace

void StubCode::begin() {
  for (const Gp& saved : preserved) code_.push(saved);
  code_.sub(rsp, 8); // Calls need a stack aligned to 16 bytes.
  code_.mov(r15, rdi);
  code_.mov(rdi, machine_of_translation());
  code_.mov(r12, qword_ptr(rdi, offsetof(Machine, ram)));
}

void StubCode::jump_to_argument() { code_.jmp(rsi); }

void StubCode::end() {
  code_.add(rsp, 8);
  for (auto saved = std::rbegin(preserved); saved != std::rend(preserved); ++saved) code_.pop(*saved);
  code_.ret();
}

void StubCode::load_stack_pointers() {
  code_.mov(rdi, machine_of_translation());
  code_.movzx(ebx, byte_ptr(rdi, offsetof(Machine, wst)));
  code_.movzx(ebp, byte_ptr(rdi, offsetof(Machine, rst)));
  code_.add(rbx, qword_ptr(rdi, offsetof(Machine, working_stack)));
  code_.add(rbp, qword_ptr(rdi, offsetof(Machine, return_stack)));
}

/// Leaves the machine in rdi.
void StubCode::store_stack_pointers() {
  code_.mov(rdi, machine_of_translation());
  code_.mov(byte_ptr(rdi, offsetof(Machine, wst)), bl);
  code_.mov(byte_ptr(rdi, offsetof(Machine, rst)), bpl);
}

void StubCode::store_pc() { code_.mov(word_ptr(rdi, offsetof(Machine, pc)), ax); }

void StubCode::call(const void* function) {
  code_.mov(rdi, r15);
  code_.mov(esi, eax);
  code_.mov(rax, reinterpret_cast<std::uintptr_t>(function));
  code_.call(rax);
}

void StubCode::jump_to_result() { code_.jmp(rax); }

void StubCode::call_with_machine(const void* function) {
  code_.mov(esi, eax);
  code_.mov(rax, reinterpret_cast<std::uintptr_t>(function));
  code_.sub(rsp, 8);
  code_.call(rax);
  code_.add(rsp, 8);
}

void StubCode::return_to_block() { code_.ret(); }

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
