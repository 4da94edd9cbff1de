#include "system/branch_history.h"

#include <cstdint>
#include <random>

// Slots of 16 bytes: each jumps to where the next word of the list says. Behind them one that returns.
#if defined(__APPLE__)
#define DISPATCHBENCH_SYMBOL "_dispatchbench_jump_slots"
#else
#define DISPATCHBENCH_SYMBOL "dispatchbench_jump_slots"
#endif
#if defined(__x86_64__)
#define DISPATCHBENCH_JUMP "endbr64; movq (%rdi), %rax; addq $8, %rdi; jmpq *%rax"
#define DISPATCHBENCH_RETURN "endbr64; ret"
#elif defined(__aarch64__)
#define DISPATCHBENCH_JUMP "hint #36; ldr x1, [x0], #8; br x1" // The hint is bti j, for older assemblers.
#define DISPATCHBENCH_RETURN "hint #36; ret"
#else
#error "forgetting branches has no code for this architecture: add the lines above for it"
#endif

#define DISPATCHBENCH_SLOTS 8192
#define DISPATCHBENCH_IN_WORDS(number) #number
#define DISPATCHBENCH_TEXT(macro) DISPATCHBENCH_IN_WORDS(macro)
static_assert(dispatchbench::forgetting_slots == DISPATCHBENCH_SLOTS);

asm(".text\n.p2align 6\n.globl " DISPATCHBENCH_SYMBOL "\n" DISPATCHBENCH_SYMBOL ":\n"
    ".rept " DISPATCHBENCH_TEXT(DISPATCHBENCH_SLOTS) "\n.p2align 4\n" DISPATCHBENCH_JUMP "\n.endr\n"
                                                     ".p2align 4\n" DISPATCHBENCH_RETURN "\n");

#undef DISPATCHBENCH_TEXT
#undef DISPATCHBENCH_IN_WORDS
#undef DISPATCHBENCH_SLOTS
#undef DISPATCHBENCH_RETURN
#undef DISPATCHBENCH_JUMP
#undef DISPATCHBENCH_SYMBOL

/// The first slot: goes through `targets` to the slot that returns.
extern "C" void dispatchbench_jump_slots(const std::uintptr_t* targets);

namespace dispatchbench {

std::vector<std::size_t> forgetting_jumps() {
  // 4,096 jumps changed little, 131,072 no more than these; neither did 32,768 to 1,024 places.
  constexpr std::size_t count = 32'768;
  std::mt19937 random;
  std::vector<std::size_t> jumps(count);
  for (std::size_t& jump : jumps) jump = random() % forgetting_slots;
  return jumps;
}

void forget_branches() {
  static const std::vector<std::uintptr_t> targets = [] {
    const auto address = [](std::size_t slot) {
      return reinterpret_cast<std::uintptr_t>(&dispatchbench_jump_slots) + 16 * slot;
    };
    std::vector<std::uintptr_t> result;
    for (const std::size_t jump : forgetting_jumps()) result.push_back(address(jump));
    result.push_back(address(forgetting_slots));
    return result;
  }();
  dispatchbench_jump_slots(targets.data());
}

} // namespace dispatchbench
