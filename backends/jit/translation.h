// Translation: what the compiler has made of one machine's memory. It is `machine->program`.
#pragma once

#include "assembler.h"
#include "code_memory.h"
#include "isa/registers.h"
#include "isa/sequence_effect.h"

#include <array>
#include <cstdint>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

/// Code that all blocks share, at the start of the code memory. It finds a pc in argument_registers[0].
struct Stubs {
  void (*enter)(struct Translation*, Continuation) = nullptr;
  /// Goes on at the pc and has the jump at the offset in argument_registers[1] lead there; 0: none.
  Continuation resolve = nullptr;
  Continuation interpret = nullptr; ///< Interprets the block at the pc.
  /// Makes a store that may hit compiled bytes, of the kind in argument_registers[1], and goes on at the pc.
  Continuation store = nullptr;
  Continuation leave = nullptr; ///< Ends the vector with the pc.
  Continuation left = nullptr;  ///< Ends the vector; the machine is complete.
  // Called with the arguments of the functions below, but the first, and returns what they do. The registers
  // of the stacks must be exact, and are so afterwards.
  Continuation read_device = nullptr;
  Continuation write_device = nullptr;
  std::uint32_t end = 0; ///< Where blocks begin in the code memory.
};

/// The code that was made for one pc. It stays where it is when a store makes it stale, since jumps lead to
/// it.
struct Block {
  std::uint32_t offset; ///< In the code memory.
  std::uint16_t bytes;
  std::uint16_t pc;
  std::uint32_t earlier; ///< Number of the block of this pc before it; 0: none. Blocks count from 1.
};

/// It lies in memory that is zero and untouched at first, so that only the pages cost that a program needs.
struct Translation {
  /// Limits of one block: opcodes, and bytes that it may reach above and below the stack pointers at its
  /// start.
  static constexpr int block_opcodes = 40;
  static constexpr int block_reach = 64;
  /// A byte that has been rewritten so often isn't compiled again: an opcode is interpreted, and an operand
  /// is loaded when it is needed.
  static constexpr unsigned rewrites_until_interpreted = 4;
  /// In front of a compiled block lies its way back to the compiler, so long.
  static constexpr std::uint32_t front_bytes = 16;

  Machine* machine;
  std::uint32_t store_address; ///< Of the store that `stubs.store` makes.
  std::uint32_t store_value;
  std::uint32_t ram_changes; ///< Of the machine, when memory was compiled.
  bool stale;                ///< Devices have changed memory since then.
  Features features;
  bool rewritten;                              ///< `rewrites` isn't all zeros.
  std::array<Continuation, ram_bytes> entries; ///< By pc; null: not compiled. In reach of a short distance.

  Stubs stubs;
  CodeMemory memory;
  std::uint32_t block_count;
  const char* dump_file; ///< Null, or the file that `dump_code` writes.

  std::array<std::uint8_t, ram_bytes + 1> compiled_bytes; ///< Not 0: a store here has to be looked at.
  std::array<std::uint8_t, ram_bytes> lengths;            ///< Of the blocks, by pc.
  std::array<std::uint8_t, ram_bytes> rewrites; ///< How often a store hit compiled code, by address.
  std::array<Block, ram_bytes> blocks;          ///< All of them, also those that are stale.
  std::array<std::uint32_t, ram_bytes> newest;  ///< Number of the last block of each pc; 0: none.

  [[nodiscard]] bool rewritten_often(unsigned address) const {
    return rewrites[address] >= rewrites_until_interpreted;
  }
};

// The kinds of a store that `stubs.store` makes.
inline constexpr std::uint32_t store_of_short = 1;
inline constexpr std::uint32_t store_in_zero_page = 2;

/// Whether a block ends with this opcode, whatever happens.
constexpr bool ends_block(Row row) { return row == Row::BRK || is_jump(row) || row == Row::DEO; }

/// Interprets from `pc` on, up to an opcode that ends a block or a jump that is taken. Stack pointers and pc
/// are in the machine before and after. Returns false if it came to BRK, which ends the vector.
bool interpret_block(Translation& translation, std::uint16_t pc);

/// Compiles the block at `pc`. Returns null if the code memory is full.
Continuation compile_block(Translation& translation, std::uint16_t pc);

/// Writes the shared code.
void write_stubs(Translation& translation);

/// Throws all blocks away.
void forget_blocks(Translation& translation);

/// Has every block that contains this byte compiled again before it runs next.
void invalidate(Translation& translation, std::uint16_t address);

// What generated code calls.
extern "C" {
Continuation dispatchbench_jit_resolve(Translation* translation, std::uint32_t pc,
                                       std::uint32_t site) noexcept;
Continuation dispatchbench_jit_interpret(Translation* translation, std::uint32_t pc) noexcept;
Continuation dispatchbench_jit_store(Translation* translation, std::uint32_t pc, std::uint32_t kind) noexcept;
std::uint32_t dispatchbench_jit_read_device(Machine* machine, std::uint32_t port,
                                            std::uint32_t shorts) noexcept;
/// Returns whether the device has changed memory.
std::uint32_t dispatchbench_jit_write_device(Machine* machine, std::uint32_t port, std::uint32_t value,
                                             std::uint32_t shorts) noexcept;
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
