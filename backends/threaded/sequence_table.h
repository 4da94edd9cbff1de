// The sequences that have handlers of their own, found by their first opcode.
#pragma once

#include "isa/sequence_effect.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

inline constexpr std::size_t sequence_opcodes_max = 8;

/// A sequence of opcodes and its handler.
template <class Handler> struct FusedSequence {
  std::array<std::uint8_t, sequence_opcodes_max> opcodes{};
  std::uint8_t length = 0; ///< In opcodes.
  std::uint8_t reach = 0;  ///< Bytes from the first opcode to the last one.
  Handler handler = nullptr;
};

/// Sequences in the order in which they are tried: those with the same first opcode together, longer ones
/// first.
template <class Handler, std::size_t count> struct SequenceTable {
  std::array<FusedSequence<Handler>, count> sequences{};
  std::array<std::uint16_t, 257> first_of{}; ///< By first opcode, and behind the last of them.
  std::size_t reach = 0;                     ///< The longest.

  /// Takes the first `count` of a list.
  template <std::size_t listed>
  constexpr explicit SequenceTable(const std::array<FusedSequence<Handler>, listed>& list) {
    static_assert(count <= listed, "sequences.inc has fewer sequences");
    std::copy_n(list.begin(), count, sequences.begin());
    std::sort(sequences.begin(), sequences.end(), [](const auto& a, const auto& b) {
      return a.opcodes[0] != b.opcodes[0] ? a.opcodes[0] < b.opcodes[0] : a.length > b.length;
    });
    std::uint16_t index = 0;
    for (std::size_t opcode = 0; opcode < 256; ++opcode) {
      first_of[opcode] = index;
      while (index < count && sequences[index].opcodes[0] == opcode) ++index;
    }
    first_of[256] = index;
    for (const auto& one : sequences) reach = std::max(reach, std::size_t{one.reach});
  }
};

/// Bytes of code that each opcode takes, with its operand.
inline constexpr std::array<std::uint8_t, 256> code_bytes_of{{
#define DISPATCHBENCH_ENTRY(mnemonic, row, value) code_bytes<Opcode::mnemonic>,
    DISPATCHBENCH_OPCODES(DISPATCHBENCH_ENTRY)
#undef DISPATCHBENCH_ENTRY
}};

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
