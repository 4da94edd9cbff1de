// What generated code keeps in the registers of x86-64, and how a jump is encoded.
//
// The ordinary calling convention preserves the registers of the machine, so that C++ can be called without
// saving anything.
#pragma once

#include "isa/backend_namespace.h"

#include <asmjit/asmjit.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include <elf.h>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

using NativeAssembler = asmjit::x86::Assembler;
inline constexpr Elf64_Half elf_machine = EM_X86_64;

/// General registers, as the processor encodes them.
enum class Register : std::uint8_t { none = 0xff };

inline constexpr Register working_register{3};      // rbx
inline constexpr Register return_register{5};       // rbp
inline constexpr Register ram_register{12};         // r12
inline constexpr Register translation_register{15}; // r15
/// What blocks find in registers, as a dump says it.
inline constexpr std::array<std::pair<const char*, Register>, 4> held_registers{
    {{"working_stack", working_register},
     {"return_stack", return_register},
     {"ram", ram_register},
     {"translation", translation_register}}};
/// What stubs and functions get. No value lives in them for longer than an operation.
inline constexpr std::array<Register, 3> argument_registers{Register{0}, Register{2}, Register{1}};
inline constexpr Register result_register{0}; // rax
/// Values live in these. What a function may change comes first: a value rarely lives across a call.
inline constexpr std::array<Register, 8> value_registers{Register{6},  Register{7},  Register{8},
                                                         Register{9},  Register{10}, Register{11},
                                                         Register{13}, Register{14}};
inline constexpr unsigned register_count = 16;

constexpr const char* name_of(Register of) {
  constexpr std::array names{"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                             "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
  return names[static_cast<unsigned>(of)];
}

/// A jump that can be made to lead elsewhere: always of this form.
inline constexpr std::uint32_t jump_bytes = 5;

/// The jump to what lies `distance` bytes after its own start.
inline std::array<std::uint8_t, jump_bytes> encode_jump(std::ptrdiff_t distance) {
  std::array<std::uint8_t, jump_bytes> jump{0xe9};
  const auto after = static_cast<std::int32_t>(distance - std::ptrdiff_t{jump_bytes});
  std::memcpy(jump.data() + 1, &after, sizeof after);
  return jump;
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
