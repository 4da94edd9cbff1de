// Throwing code away: one block when a byte of it is overwritten, all of them when the code memory is full or
// a device has changed memory.
#include "translation.h"

#include <algorithm>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

namespace {

// A short at the last byte of memory wraps around: its store must always be looked at.
constexpr std::uint16_t last_address = ram_bytes - 1;

} // namespace

void forget_blocks(Translation& translation) {
  for (std::uint32_t i = 0; i < translation.block_count; ++i) {
    const std::uint16_t pc = translation.blocks[i].pc;
    translation.entries[pc] = nullptr;
    translation.newest[pc] = 0;
    std::fill_n(translation.compiled_bytes.begin() + pc, translation.lengths[pc], std::uint8_t{0});
    translation.lengths[pc] = 0;
  }
  translation.block_count = 0;
  translation.compiled_bytes[last_address] = 1;
  translation.memory.used = translation.stubs.end;
}

void invalidate(Translation& translation, std::uint16_t address) {
  if (translation.compiled_bytes[address] == 0) return;
  constexpr unsigned longest = 3 * Translation::block_opcodes;
  bool hit = false;
  for (unsigned pc = address < longest ? 0 : address - longest; pc <= address; ++pc) {
    if (pc + translation.lengths[pc] <= address) continue;
    const Continuation entry = translation.entries[pc];
    translation.memory.put_jump(translation.memory.offset(entry), entry - Translation::front_bytes);
    translation.entries[pc] = nullptr;
    translation.lengths[pc] = 0;
    hit = true;
    translation.rewritten = true;
  }
  if (hit && translation.rewrites[address] < Translation::rewrites_until_interpreted)
    ++translation.rewrites[address];
  if (address != last_address) translation.compiled_bytes[address] = 0;
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
