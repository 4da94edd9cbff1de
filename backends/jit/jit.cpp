// A template compiler: blocks are compiled to machine code when they first run.
//
// The code comes from the bodies of isa/semantics.h, run on an operation that emits (emitting_operation.h).
// Of dispatch nothing is left within a block. Blocks are chained: a jump to a known pc leads to the block
// itself, or at first to code that has it compiled and patches the jump. Other jumps look their pc up in a
// table. This is how dynamic translators work (Deutsch and Schiffman, "Efficient implementation of the
// Smalltalk-80 system", POPL 1984; Bellard, "QEMU, a fast and portable dynamic translator", USENIX 2005).
// assembler.h has what the compiler asks of a processor; asmjit encodes it.
//
// A block is compiled when it first runs. Interpreting it at its first 1 to 15 visits, as HotSpot and LuaJIT
// count before they compile, took 0.96 to 1.00 of the time over 20 workloads, within the intervals, brainfuck
// 1.2 times, and hardly changed cold starts: to compile a block takes little longer than to interpret it.
//
// Caveats. Compiling is part of every sample. Programs may rewrite themselves, so each store looks up in a
// map whether it hits compiled code, which costs two instructions. Code is written at one address and
// executed at another (code_memory.h); x86 keeps both the same without being told, since it compares physical
// addresses, and AArch64 is told.
#include "code_dump.h"
#include "isa/run_name.h"
#include "translation.h"

#include <atomic>
#include <cstdint>

#include <sys/mman.h>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

extern "C" {

Continuation dispatchbench_jit_resolve(Translation* translation, std::uint32_t pc,
                                       std::uint32_t site) noexcept {
  if (translation->stale) {
    forget_blocks(*translation);
    translation->stale = false;
    translation->ram_changes = translation->machine->ram_changes;
    site = 0;
  }
  const auto address = static_cast<std::uint16_t>(pc);
  Continuation entry = translation->entries[address];
  if (entry == nullptr) entry = compile_block(*translation, address);
  if (entry == nullptr) {
    forget_blocks(*translation);
    site = 0; // The jump to patch is gone.
    entry = compile_block(*translation, address);
  }
  if (site != 0) translation->memory.put_jump(site, entry);
  return entry;
}

Continuation dispatchbench_jit_interpret(Translation* translation, std::uint32_t pc) noexcept {
  if (!interpret_block(*translation, static_cast<std::uint16_t>(pc))) return translation->stubs.left;
  return dispatchbench_jit_resolve(translation, translation->machine->pc, 0);
}

Continuation dispatchbench_jit_store(Translation* translation, std::uint32_t pc,
                                     std::uint32_t kind) noexcept {
  std::uint8_t* const ram = translation->machine->ram;
  const std::uint32_t value = translation->store_value;
  auto address = static_cast<std::uint16_t>(translation->store_address);
  if ((kind & store_of_short) != 0) {
    ram[address] = static_cast<std::uint8_t>(value >> 8);
    invalidate(*translation, address);
    ++address;
    if ((kind & store_in_zero_page) != 0) address &= 0xff;
  }
  ram[address] = static_cast<std::uint8_t>(value);
  invalidate(*translation, address);
  return dispatchbench_jit_resolve(translation, pc, 0);
}

std::uint32_t dispatchbench_jit_read_device(Machine* machine, std::uint32_t port,
                                            std::uint32_t shorts) noexcept {
  const std::uint32_t first = machine->dei(machine, static_cast<std::uint8_t>(port));
  if (shorts == 0) return first;
  return first << 8 | machine->dei(machine, static_cast<std::uint8_t>(port + 1));
}

std::uint32_t dispatchbench_jit_write_device(Machine* machine, std::uint32_t port, std::uint32_t value,
                                             std::uint32_t shorts) noexcept {
  if (shorts != 0)
    machine->deo(machine, static_cast<std::uint8_t>(port++), static_cast<std::uint8_t>(value >> 8));
  machine->deo(machine, static_cast<std::uint8_t>(port), static_cast<std::uint8_t>(value));
  Translation& translation = *static_cast<Translation*>(machine->program);
  translation.stale |= machine->ram_changes != translation.ram_changes;
  return translation.stale ? 1 : 0;
}

} // extern "C"
} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE

using namespace dispatchbench; // NOLINT(google-build-using-namespace): the functions below are C's.

namespace {

/// Memory that `release` has kept for the next `prepare`, as an allocator does: in a virtual machine, asking
/// the system for it takes longer than compiling a small program. It holds nothing of an earlier program.
std::atomic<Translation*> spare{nullptr};

/// Maps the memory of a translation. Returns null, or in words why there is none.
const char* map_translation(Translation*& translation) {
  void* const pages = mmap(nullptr, sizeof(Translation), PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED)
    return "jit needs 2 MiB for its tables: mmap failed; free memory or raise the limit (ulimit -v)";
  translation = static_cast<Translation*>(pages); // All its fields may start as zeros.
  const char* reason = translation->memory.open();
  if (reason == nullptr) {
    reason = find_features(translation->memory, translation->features);
    if (reason != nullptr) translation->memory.close();
  }
  if (reason != nullptr) munmap(pages, sizeof(Translation));
  return reason;
}

void unmap_translation(Translation* translation) {
  translation->memory.close();
  munmap(translation, sizeof(Translation));
}

} // namespace

extern "C" const char* DISPATCHBENCH_PREPARE(Machine* machine) noexcept {
  Translation* translation = spare.exchange(nullptr);
  if (translation == nullptr) {
    if (const char* const reason = map_translation(translation)) return reason;
    translation->dump_file = dump_file();
    write_stubs(*translation);
    forget_blocks(*translation);
  }
  translation->machine = machine;
  translation->ram_changes = machine->ram_changes;
  machine->program = translation;
  return nullptr;
}

extern "C" void DISPATCHBENCH_RELEASE(Machine* machine) noexcept {
  auto* const translation = static_cast<Translation*>(machine->program);
  machine->program = nullptr;
  if (translation->dump_file != nullptr) dump_code(*translation);
  forget_blocks(*translation);
  translation->stale = false;
  if (translation->rewritten) translation->rewrites.fill(0);
  translation->rewritten = false;
  Translation* none = nullptr;
  if (!spare.compare_exchange_strong(none, translation)) unmap_translation(translation);
}

extern "C" void DISPATCHBENCH_RUN(Machine* machine) noexcept {
  auto& translation = *static_cast<Translation*>(machine->program);
  translation.stale |= machine->ram_changes != translation.ram_changes;
  translation.stubs.enter(&translation, dispatchbench_jit_resolve(&translation, machine->pc, 0));
}
