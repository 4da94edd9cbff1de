// Opcodes as C++ values, expanded from the rows of opcode_list.h.
#pragma once

#include "backend_namespace.h"
#include "opcode_list.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

/// The 256 opcode bytes by mnemonic: Opcode::ADD2kr.
enum class Opcode : std::uint8_t {
#define DISPATCHBENCH_ENUMERATOR(mnemonic, row, value) mnemonic = (value),
  DISPATCHBENCH_OPCODES(DISPATCHBENCH_ENUMERATOR)
#undef DISPATCHBENCH_ENUMERATOR
};

/// The 36 rows: what an opcode does, whatever its mode.
enum class Row : std::uint8_t {
#define DISPATCHBENCH_ENUMERATOR(mnemonic, row, value) row,
  DISPATCHBENCH_ROWS(DISPATCHBENCH_ENUMERATOR)
#undef DISPATCHBENCH_ENUMERATOR
};

/// An opcode byte taken apart.
struct Decoded {
  std::string_view mnemonic;
  Row row;
  bool shorts;       ///< Operands are two bytes.
  bool return_stack; ///< The two stacks change roles.
  bool keep;         ///< Operands are read without being removed.
};

namespace opcode_detail {
constexpr Decoded decode(std::string_view mnemonic, Row row, std::uint8_t value) {
  const bool immediate_jump = row == Row::BRK || row == Row::JCI || row == Row::JMI || row == Row::JSI;
  // The mode bits of an immediate say which of the eight it is. Only LIT's short and return bits are also a
  // mode.
  return {mnemonic, row, !immediate_jump && (value & DISPATCHBENCH_MODE_SHORT) != 0,
          !immediate_jump && (value & DISPATCHBENCH_MODE_RETURN) != 0,
          !immediate_jump && row != Row::LIT && (value & DISPATCHBENCH_MODE_KEEP) != 0};
}
} // namespace opcode_detail

/// All opcodes, indexed by their byte.
inline constexpr std::array<Decoded, 256> opcode_table{{
#define DISPATCHBENCH_ENTRY(mnemonic, row, value) opcode_detail::decode(#mnemonic, Row::row, value),
    DISPATCHBENCH_OPCODES(DISPATCHBENCH_ENTRY)
#undef DISPATCHBENCH_ENTRY
}};

/// Takes `opcode` apart.
constexpr const Decoded& decoded(Opcode opcode) { return opcode_table[static_cast<std::uint8_t>(opcode)]; }

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
