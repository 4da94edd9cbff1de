// decode: which handler continues at an address, and at those that the program will reach from there.
//
// One address at a time would do, but each handler's jump would then lead to the decoder once for each place.
// On Zen 4 a chain of one handler takes 1.6 cycles a jump as long as jumps have only led to handlers, and 5
// once they have led to the decoder, too: a jump with one target is predicted faster, and in many programs
// most have one. With what lies ahead decoded in advance direct_threaded takes 0.70 of the time there,
// superinstructions_64 0.78 and switch_superinstructions_64 0.92 (20 workloads; tak 0.46, 0.55, 0.75).
#pragma once

#include "decoded_program.h"
#include "sequence_table.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

/// The handlers that a backend has: their addresses, or their numbers.
template <class Handler, std::size_t sequence_count> struct HandlerSet {
  const std::array<Handler, 256>& of_opcode;
  const SequenceTable<Handler, sequence_count>& of_sequence;
  Handler undecodable; ///< Where the opcode's byte is rewritten too often to be decoded.
  Handler wrapping;    ///< Executes any opcode but BRK whose accesses wrap around.
};

/// An entry of sequences.inc whose handler is `handler`.
template <Opcode... opcodes, class Handler> constexpr FusedSequence<Handler> fused_sequence(Handler handler) {
  constexpr std::array sequence{opcodes...};
  static_assert(sequence.size() <= sequence_opcodes_max);
  static_assert(!(... || (decoded(opcodes).row == Row::BRK)));
  FusedSequence<Handler> result;
  for (const Opcode opcode : sequence) result.opcodes[result.length++] = static_cast<std::uint8_t>(opcode);
  result.reach = sequence_effect<opcodes...>().bytes - code_bytes<sequence.back()>;
  result.handler = handler;
  return result;
}

/// The longest sequence at an address; null if there is none.
template <class Handler, std::size_t count>
const FusedSequence<Handler>* sequence_at(const SequenceTable<Handler, count>& table,
                                          const DecodedProgram<Handler>& program, const std::uint8_t* ram,
                                          std::size_t pc) {
  if constexpr (count == 0) return nullptr; // Otherwise the compiler reads what lies behind an empty table.
  for (std::size_t i = table.first_of[ram[pc]]; i < table.first_of[ram[pc] + 1U]; ++i) {
    const FusedSequence<Handler>& candidate = table.sequences[i];
    std::size_t at = pc;
    int length = 0;
    while (length < candidate.length && at < ram_bytes && ram[at] == candidate.opcodes[length] &&
           at + code_bytes_at(ram[at]) <= ram_bytes && !program.is_rewritten_often(at)) {
      at += code_bytes_at(ram[at]);
      ++length;
    }
    if (length == candidate.length) return &candidate;
  }
  return nullptr;
}

/// Notes what continues at `pc`, and which bytes that depends on. Returns where the last opcode lies that the
/// handler executes.
template <const auto& handlers, class Handler>
std::size_t decode_one(DecodedProgram<Handler>& program, const std::uint8_t* ram, std::size_t pc) {
  std::size_t last = pc;
  if (program.is_rewritten_often(pc)) {
    program.set_handler(pc, handlers.undecodable);
    return last;
  }
  program.watch(pc);
  if (pc + code_bytes_at(ram[pc]) > ram_bytes) {
    program.set_handler(pc, handlers.wrapping);
  } else if (const FusedSequence<Handler>* const sequence =
                 sequence_at(handlers.of_sequence, program, ram, pc)) {
    program.set_handler(pc, sequence->handler);
    for (int i = 1; i < sequence->length; ++i) {
      last += code_bytes_at(ram[last]);
      program.watch(last);
    }
  } else {
    program.set_handler(pc, handlers.of_opcode[ram[pc]]);
  }
  return last;
}

/// Where the program goes on; ram_bytes stands for nowhere, or for what can't be told.
struct WaysOn {
  std::size_t behind = ram_bytes; ///< The opcode behind this one.
  std::size_t target = ram_bytes; ///< Where its jump leads, told by an operand or a literal right before it.
};

/// The ways on from the opcode at `at`. What isn't code after all costs nothing but a look when it is stored
/// to.
inline WaysOn ways_on(const std::uint8_t* ram, std::size_t at) {
  using enum Opcode;
  const std::size_t behind = at + code_bytes_at(ram[at]);
  const auto opcode_at = [&](std::size_t address) { return static_cast<Opcode>(ram[address]); };
  const auto word = [&](std::size_t address) {
    return static_cast<std::size_t>(ram[address] << 8 | ram[address + 1]);
  };
  WaysOn ways;
  if (behind > ram_bytes) return ways;
  const Opcode opcode = opcode_at(at);
  constexpr unsigned modes = DISPATCHBENCH_MODE_SHORT | DISPATCHBENCH_MODE_RETURN | DISPATCHBENCH_MODE_KEEP;
  const auto base = static_cast<Opcode>(ram[at] & ~modes); // BRK where it is an immediate jump.
  if (opcode != BRK && opcode != JMI && base != JMP) ways.behind = behind;
  if (opcode == JMI || opcode == JCI || opcode == JSI) {
    ways.target = (behind + word(at + 1)) % ram_bytes;
  } else if (base == JMP || base == JCN || base == JSR) {
    const bool shorts = (ram[at] & DISPATCHBENCH_MODE_SHORT) != 0;
    if (shorts && at >= 3 && opcode_at(at - 3) == LIT2) ways.target = word(at - 2);
    if (!shorts && at >= 2 && opcode_at(at - 2) == LIT)
      ways.target = (behind + static_cast<std::size_t>(static_cast<std::int8_t>(ram[at - 1]))) % ram_bytes;
  }
  return ways;
}

/// Notes what continues at `pc`, and then wherever the program can be seen to lead from there, until
/// `program.lookahead` is used up. `handlers`, a HandlerSet, is a parameter of the template, so that its
/// tables are found in machine code by who reads that (tools/audit).
template <const auto& handlers, class Handler>
[[gnu::cold, gnu::noinline]] void decode(DecodedProgram<Handler>& program, const std::uint8_t* ram,
                                         std::size_t pc) {
  std::array<std::size_t, 64> targets{}; // Those that find no room are decoded when they are reached.
  std::size_t count = 0;
  for (;;) {
    const WaysOn ways = ways_on(ram, decode_one<handlers>(program, ram, pc));
    if (program.is_undecoded(ways.target) && count < targets.size()) targets[count++] = ways.target;
    pc = ways.behind;
    while (!program.is_undecoded(pc)) {
      if (count == 0) return;
      pc = targets[--count];
    }
    if (program.lookahead == 0) return;
    --program.lookahead;
  }
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
