// What generated code keeps in the registers of AArch64, and how a jump is encoded.
//
// The ordinary calling convention preserves the registers of the machine, so that C++ can be called without
// saving anything. x16 and x17 are the assembler's own.
#pragma once

#include "isa/backend_namespace.h"

#include <asmjit/arm/a64assembler.h> // Debian lacks asmjit/a64.h.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include <elf.h>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

using NativeAssembler = asmjit::a64::Assembler;
inline constexpr Elf64_Half elf_machine = EM_AARCH64;

/// General registers, as the processor encodes them.
enum class Register : std::uint8_t { none = 0xff };

inline constexpr Register working_register{19};
inline constexpr Register return_register{20};
inline constexpr Register ram_register{21};
inline constexpr Register translation_register{22};
inline constexpr Register compiled_bytes_register{23}; ///< Address of Translation::compiled_bytes.
inline constexpr Register entries_register{24};        ///< Address of Translation::entries.
/// What blocks find in registers, as a dump says it.
inline constexpr std::array<std::pair<const char*, Register>, 6> held_registers{
    {{"working_stack", working_register},
     {"return_stack", return_register},
     {"ram", ram_register},
     {"translation", translation_register},
     {"compiled_bytes", compiled_bytes_register},
     {"entries", entries_register}}};
/// What stubs and functions get. No value lives in them for longer than an operation.
inline constexpr std::array<Register, 3> argument_registers{Register{1}, Register{2}, Register{3}};
inline constexpr Register result_register{0};
/// Values live in these. What a function may change comes first: a value rarely lives across a call.
inline constexpr std::array<Register, 16> value_registers{
    Register{4},  Register{5},  Register{6},  Register{7},  Register{8},  Register{9},
    Register{10}, Register{11}, Register{12}, Register{13}, Register{14}, Register{15},
    Register{25}, Register{26}, Register{27}, Register{28}};
inline constexpr unsigned register_count = 32;

constexpr const char* name_of(Register of) {
  constexpr std::array names{"x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",  "x7",  "x8",  "x9",  "x10",
                             "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21",
                             "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29", "x30", "sp"};
  return names[static_cast<unsigned>(of)];
}

/// A jump that can be made to lead elsewhere: always of this form.
inline constexpr std::uint32_t jump_bytes = 4;

/// The jump to what lies `distance` bytes after its own start, at most 128 MiB away.
inline std::array<std::uint8_t, jump_bytes> encode_jump(std::ptrdiff_t distance) {
  const std::uint32_t word = 0x14000000U | (static_cast<std::uint32_t>(distance / 4) & 0x03ffffffU);
  std::array<std::uint8_t, jump_bytes> jump;
  std::memcpy(jump.data(), &word, sizeof word);
  return jump;
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
