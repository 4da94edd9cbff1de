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
  Handler handler{};
};

/// Sequences in the order in which they are tried: those with the same first opcode together, longer ones
/// first.
template <class Handler, std::size_t count> struct SequenceTable {
  std::array<FusedSequence<Handler>, count> sequences{};
  std::array<std::uint16_t, 257> first_of{}; ///< By first opcode, and behind the last of them.
  std::size_t reach = 0;                     ///< The longest.

  /// Takes the first `count` of a list. A counting sort, since compilers limit the steps of a constant
  /// expression (clang: 2^20, which std::sort of 2048 sequences exceeds).
  template <std::size_t listed>
  constexpr explicit SequenceTable(const std::array<FusedSequence<Handler>, listed>& list) {
    static_assert(count <= listed, "sequences.inc has fewer sequences");
    constexpr std::size_t lengths = sequence_opcodes_max + 1;
    const auto place = [](const FusedSequence<Handler>& one) {
      return one.opcodes[0] * lengths + (sequence_opcodes_max - one.length);
    };
    std::array<std::uint16_t, 256 * lengths + 1> begin_of{};
    for (std::size_t i = 0; i < count; ++i) ++begin_of[place(list[i]) + 1];
    for (std::size_t i = 1; i < begin_of.size(); ++i) begin_of[i] += begin_of[i - 1];
    for (std::size_t opcode = 0; opcode <= 256; ++opcode) first_of[opcode] = begin_of[opcode * lengths];
    for (std::size_t i = 0; i < count; ++i) {
      sequences[begin_of[place(list[i])]++] = list[i];
      reach = std::max(reach, std::size_t{list[i].reach});
    }
  }
};

/// Bytes of code that an opcode takes, with its operand. Computed: of a table whose address stays in a
/// register when the decoder returns, tools/audit can't tell the end in a stripped library.
constexpr std::size_t code_bytes_at(std::uint8_t opcode) {
  constexpr unsigned modes = DISPATCHBENCH_MODE_SHORT | DISPATCHBENCH_MODE_RETURN | DISPATCHBENCH_MODE_KEEP;
  if ((opcode & ~modes) != 0 || opcode == 0) return 1;
  const bool is_literal = (opcode & DISPATCHBENCH_MODE_KEEP) != 0;
  return is_literal && (opcode & DISPATCHBENCH_MODE_SHORT) == 0 ? 2 : 3;
}
#define DISPATCHBENCH_CHECK(mnemonic, row, value)                                                            \
  static_assert(code_bytes_at(value) == code_bytes<Opcode::mnemonic>);
DISPATCHBENCH_OPCODES(DISPATCHBENCH_CHECK)
#undef DISPATCHBENCH_CHECK

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
