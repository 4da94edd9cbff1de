// Counts how often each basic block is entered: the callback that Unicorn calls, which in Python took 20
// times as long.
#include <stdint.h>

enum { capacity = 1 << 16 };

/// One block. Unused while `entered` is 0.
struct Block {
  uint64_t address;
  uint64_t size; // bytes
  uint64_t entered;
};

/// A hash table with open addressing, and how many blocks it holds.
struct Blocks {
  uint64_t used;
  struct Block blocks[capacity];
};

/// For UC_HOOK_BLOCK. Stops counting when the table is nearly full, which `used` tells.
void count_block(void* emulator, uint64_t address, uint32_t size, void* user_data) {
  struct Blocks* const table = user_data;
  uint64_t at = (address >> 2) % capacity;
  (void)emulator;
  while (table->blocks[at].entered != 0 &&
         (table->blocks[at].address != address || table->blocks[at].size != size))
    at = (at + 1) % capacity;
  if (table->blocks[at].entered == 0) {
    if (table->used >= capacity - 1) return;
    ++table->used;
    table->blocks[at].address = address;
    table->blocks[at].size = size;
  }
  ++table->blocks[at].entered;
}
