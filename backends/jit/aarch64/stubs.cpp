// The code that all blocks share on AArch64: the way in and out, and calls of C++.
#include "../assembler.h"

#include "../translation.h"

#include <cstddef>
#include <utility>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

using namespace asmjit::a64; // NOLINT(google-build-using-namespace): the names of registers.

namespace {

/// Pairs of registers that a function has to preserve, and where they are kept on the stack.
constexpr std::pair<GpX, GpX> preserved[] = {{x29, x30}, {x19, x20}, {x21, x22},
                                             {x23, x24}, {x25, x26}, {x27, x28}};
constexpr int frame_bytes = 16 * static_cast<int>(std::size(preserved));

Mem machine_of_translation() { return ptr(x22, offsetof(Translation, machine)); }

void load_stack_pointers(NativeAssembler& code) {
  code.ldr(x16, machine_of_translation());
  code.ldrb(w17, ptr(x16, offsetof(Machine, wst)));
  code.ldr(x19, ptr(x16, offsetof(Machine, working_stack)));
  code.add(x19, x19, x17);
  code.ldrb(w17, ptr(x16, offsetof(Machine, rst)));
  code.ldr(x20, ptr(x16, offsetof(Machine, return_stack)));
  code.add(x20, x20, x17);
}

/// Leaves the machine in x16.
void store_stack_pointers(NativeAssembler& code) {
  code.ldr(x16, machine_of_translation());
  code.strb(w19, ptr(x16, offsetof(Machine, wst)));
  code.strb(w20, ptr(x16, offsetof(Machine, rst)));
}

template <class Function> void load_address(NativeAssembler& code, const GpX& to, Function* function) {
  code.mov(to, reinterpret_cast<std::uintptr_t>(function));
}

/// Calls function(translation, w1, w2).
template <class Function> void call(NativeAssembler& code, Function* function) {
  code.mov(x0, x22);
  load_address(code, x16, function);
  code.blr(x16);
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
  const auto in_frame = [](std::size_t pair) { return ptr(sp, 16 * static_cast<std::int32_t>(pair)); };

  // UBSan reads a few bytes in front of a function that it sees called.
  code.embedUInt64(0, 8);
  const Continuation enter = here();
  code.sub(sp, sp, frame_bytes);
  for (std::size_t i = 0; i < std::size(preserved); ++i)
    code.stp(preserved[i].first, preserved[i].second, in_frame(i));
  code.mov(x22, x0);
  code.ldr(x16, machine_of_translation());
  code.ldr(x21, ptr(x16, offsetof(Machine, ram)));
  code.mov(x16, offsetof(Translation, compiled_bytes));
  code.add(x23, x22, x16);
  code.mov(x16, offsetof(Translation, entries));
  code.add(x24, x22, x16);
  load_stack_pointers(code);
  code.br(x1);

  Stubs stubs;
  stubs.leave = here();
  store_stack_pointers(code);
  code.strh(w1, ptr(x16, offsetof(Machine, pc)));
  stubs.left = memory.executable + code.offset();
  for (std::size_t i = 0; i < std::size(preserved); ++i)
    code.ldp(preserved[i].first, preserved[i].second, in_frame(i));
  code.add(sp, sp, frame_bytes);
  code.ret(x30);

  stubs.resolve = here();
  call(code, dispatchbench_jit_resolve);
  code.br(x0);

  stubs.interpret = here();
  store_stack_pointers(code);
  call(code, dispatchbench_jit_interpret);
  load_stack_pointers(code);
  code.br(x0);

  stubs.store = here();
  call(code, dispatchbench_jit_store);
  code.br(x0);

  stubs.read_device = here();
  store_stack_pointers(code);
  code.mov(x0, x16);
  load_address(code, x16, dispatchbench_jit_read_device);
  code.br(x16);

  stubs.write_device = here();
  code.stp(x29, x30, ptr_pre(sp, -16));
  store_stack_pointers(code);
  code.mov(x0, x16);
  load_address(code, x16, dispatchbench_jit_write_device);
  code.blr(x16);
  load_stack_pointers(code);
  code.ldp(x29, x30, ptr_post(sp, 16));
  code.ret(x30);
  here(); // Up to the first block everything is an instruction, as a dump says.

  memory.append(assembler.data(), assembler.offset());
  stubs.enter = reinterpret_cast<decltype(stubs.enter)>(reinterpret_cast<std::uintptr_t>(enter));
  stubs.end = memory.used;
  translation.stubs = stubs;
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
