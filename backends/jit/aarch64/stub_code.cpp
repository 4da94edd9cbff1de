#include "../stub_code.h"

#include <cstddef>
#include <utility>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

using namespace asmjit::a64; // NOLINT(google-build-using-namespace): the names of registers.

namespace {

/// Pairs of registers that a function has to preserve, in their order on the stack.
constexpr std::pair<GpX, GpX> preserved[] = {{x29, x30}, {x19, x20}, {x21, x22},
                                             {x23, x24}, {x25, x26}, {x27, x28}};
constexpr int frame_bytes = 16 * static_cast<int>(std::size(preserved));

Mem in_frame(std::size_t pair) { return ptr(sp, 16 * static_cast<std::int32_t>(pair)); }

Mem machine_of_translation() { return ptr(x22, offsetof(Translation, machine)); }

} // namespace

void StubCode::begin() {
  code_.sub(sp, sp, frame_bytes);
  for (std::size_t i = 0; i < std::size(preserved); ++i)
    code_.stp(preserved[i].first, preserved[i].second, in_frame(i));
  code_.mov(x22, x0);
  code_.ldr(x16, machine_of_translation());
  code_.ldr(x21, ptr(x16, offsetof(Machine, ram)));
  code_.mov(x16, offsetof(Translation, compiled_bytes));
  code_.add(x23, x22, x16);
  static_assert(offsetof(Translation, entries) < 4096, "an add holds 12 bits");
  code_.add(x24, x22, offsetof(Translation, entries));
}

void StubCode::jump_to_argument() { code_.br(x1); }

void StubCode::end() {
  for (std::size_t i = 0; i < std::size(preserved); ++i)
    code_.ldp(preserved[i].first, preserved[i].second, in_frame(i));
  code_.add(sp, sp, frame_bytes);
  code_.ret(x30);
}

void StubCode::load_stack_pointers() {
  code_.ldr(x16, machine_of_translation());
  code_.ldrb(w17, ptr(x16, offsetof(Machine, wst)));
  code_.ldr(x19, ptr(x16, offsetof(Machine, working_stack)));
  code_.add(x19, x19, x17);
  code_.ldrb(w17, ptr(x16, offsetof(Machine, rst)));
  code_.ldr(x20, ptr(x16, offsetof(Machine, return_stack)));
  code_.add(x20, x20, x17);
}

/// Leaves the machine in x16.
void StubCode::store_stack_pointers() {
  code_.ldr(x16, machine_of_translation());
  code_.strb(w19, ptr(x16, offsetof(Machine, wst)));
  code_.strb(w20, ptr(x16, offsetof(Machine, rst)));
}

void StubCode::store_pc() { code_.strh(w1, ptr(x16, offsetof(Machine, pc))); }

void StubCode::call(const void* function) {
  code_.mov(x0, x22);
  code_.mov(x16, reinterpret_cast<std::uintptr_t>(function));
  code_.blr(x16);
}

void StubCode::jump_to_result() { code_.br(x0); }

void StubCode::call_with_machine(const void* function) {
  code_.stp(x29, x30, ptr_pre(sp, -16));
  code_.mov(x0, x16);
  code_.mov(x16, reinterpret_cast<std::uintptr_t>(function));
  code_.blr(x16);
  code_.ldp(x29, x30, ptr_post(sp, 16));
}

void StubCode::return_to_block() { code_.ret(x30); }

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
