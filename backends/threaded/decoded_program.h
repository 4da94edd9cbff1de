// DecodedProgram: for each address of memory the handler that continues there, and which bytes it depends on.
//
// What is decoded is what the program has reached, and what it can be seen to reach (decoding.h). A handler
// reads literals from memory, so what has been decoded depends on opcode bytes alone. Those are marked: a
// handler that stores looks at the mark of what it overwrites. Devices that write to memory say so
// (Machine::ram_changes), and everything is forgotten.
#pragma once

#include "abi.h"
#include "isa/backend_namespace.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

/// What is known of a program's code. Allocated with `make_decoded_program`.
template <class Handler> struct DecodedProgram {
  static constexpr std::size_t page_bytes = 256;
  static constexpr std::size_t pages = ram_bytes / page_bytes;

  /// Set in a mark: decoded code depends on this byte.
  static constexpr std::uint8_t watched = 0x80;
  /// The rest of a mark counts how often the byte has been rewritten after it had been decoded. At this many
  /// it isn't decoded any more, so that a program that always rewrites itself doesn't always pay for it.
  static constexpr std::uint8_t rewrites_max = 8;

  /// What continues at each address; behind the last one, what continues at 0.
  Handler handlers[ram_bytes + 1];
  std::uint8_t marks[ram_bytes];
  bool is_page_used[pages]; ///< Whether anything in these pages differs from its start.
  Handler undecoded;
  Machine* machine;
  std::uint32_t ram_changes; ///< Of the machine, when something was last decoded.
  std::uint16_t stored;      ///< Where a store that hit decoded code wrote, for the handler that takes over,
  std::uint16_t stored2;     ///< and where its second byte.
  /// How many opcodes may still be decoded before they are reached. It never grows, so that a program that
  /// always has everything forgotten doesn't always pay for what it never reaches.
  std::uint32_t lookahead;

  /// Whether decoded code may depend on the byte at `address`.
  bool is_watched(std::uint16_t address) const { return (marks[address] & watched) != 0; }

  /// Whether `address`, which may be ram_bytes, is in memory and nothing is noted there.
  bool is_undecoded(std::size_t address) const {
    return address < ram_bytes && handlers[address] == undecoded;
  }

  bool is_rewritten_often(std::size_t address) const { return (marks[address] & ~watched) >= rewrites_max; }

  /// Notes that decoded code depends on the opcode at `address`.
  void watch(std::size_t address) {
    marks[address] |= watched;
    is_page_used[address / page_bytes] = true;
  }

  void set_handler(std::size_t address, Handler handler) {
    handlers[address] = handler;
    is_page_used[address / page_bytes] = true;
  }

  /// Forgets what may depend on the byte at `address`, if anything does. `reach`: the most bytes from the
  /// first opcode that one handler executes to its last.
  void forget(std::size_t address, std::size_t reach) {
    if (!is_watched(static_cast<std::uint16_t>(address))) return;
    marks[address] = static_cast<std::uint8_t>((marks[address] & ~watched) + 1);
    const std::size_t first = address < reach ? 0 : address - reach;
    std::fill(handlers + first, handlers + address + 1, undecoded);
  }

  /// The same of the bytes that a store wrote.
  void forget_stored(std::size_t reach) {
    forget(stored, reach);
    forget(stored2, reach);
  }

  /// Forgets everything: memory has changed in unknown places.
  void forget_everything() {
    for (std::size_t page = 0; page < pages; ++page) {
      if (!is_page_used[page]) continue;
      std::fill_n(handlers + page * page_bytes, page_bytes, undecoded);
      std::fill_n(marks + page * page_bytes, page_bytes, std::uint8_t{0});
      is_page_used[page] = false;
    }
    ram_changes = machine->ram_changes;
  }
};

/// A program of which nothing is decoded: `undecoded` continues everywhere, and `past_the_end` behind the
/// last address. Null if there is no memory for it.
template <class Program, class Handler>
// Checked, the loop would take longer than most programs, and nothing in it can go wrong.
__attribute__((no_sanitize("address"), no_sanitize("undefined"))) Program*
make_decoded_program(Machine* machine, Handler undecoded, Handler past_the_end) {
  auto* const program = static_cast<Program*>(std::malloc(sizeof(Program)));
  if (program == nullptr) return nullptr;
  for (std::size_t address = 0; address < ram_bytes; ++address) program->handlers[address] = undecoded;
  program->handlers[ram_bytes] = past_the_end;
  std::memset(program->marks, 0, sizeof program->marks);
  std::memset(program->is_page_used, 0, sizeof program->is_page_used);
  program->undecoded = undecoded;
  program->machine = machine;
  program->ram_changes = machine->ram_changes;
  program->stored = program->stored2 = 0;
  program->lookahead = ram_bytes;
  return program;
}

/// Frees what `make_decoded_program` has made of the machine's program.
inline void release_decoded_program(Machine* machine) {
  std::free(machine->program);
  machine->program = nullptr;
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
