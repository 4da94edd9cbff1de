// decode: which handler continues at an address.
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
           at + code_bytes_of[ram[at]] <= ram_bytes && !program.is_rewritten_often(at)) {
      at += code_bytes_of[ram[at]];
      ++length;
    }
    if (length == candidate.length) return &candidate;
  }
  return nullptr;
}

/// Notes what continues at `pc`, and which bytes that depends on. `handlers`, a HandlerSet, is a parameter of
/// the template, so that its tables are found in machine code by who reads that (tools/audit).
template <const auto& handlers, class Handler>
[[gnu::cold, gnu::noinline]] void decode(DecodedProgram<Handler>& program, const std::uint8_t* ram,
                                         std::size_t pc) {
  if (program.is_rewritten_often(pc)) return program.set_handler(pc, handlers.undecodable);
  const std::uint8_t opcode = ram[pc];
  if (pc + code_bytes_of[opcode] > ram_bytes) {
    program.set_handler(pc, handlers.wrapping);
  } else if (const FusedSequence<Handler>* const sequence =
                 sequence_at(handlers.of_sequence, program, ram, pc)) {
    program.set_handler(pc, sequence->handler);
    std::size_t at = pc;
    for (int i = 0; i < sequence->length; ++i) {
      program.watch(at);
      at += code_bytes_of[ram[at]];
    }
  } else {
    program.set_handler(pc, handlers.of_opcode[opcode]);
  }
  program.watch(pc);
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
