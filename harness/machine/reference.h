// The reference interpreter: what every backend is checked against. It executes one opcode at a time out of
// line, counts it, and stops a program that never ends.
#pragma once

#include "machine/virtual_machine.h"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace dispatchbench {

/// What a program did: how often each opcode, and each opcode after each other one, was executed, and which
/// ports it read and wrote.
struct InstructionProfile {
  std::uint64_t total = 0;
  std::array<std::uint64_t, 256> opcodes{};
  /// Indexed by first * 256 + second; a vector's first opcode has none before it.
  std::vector<std::uint64_t> pairs = std::vector<std::uint64_t>(65536);
  std::array<std::uint64_t, 256> port_reads{};
  std::array<std::uint64_t, 256> port_writes{};
  DeliveredVectors delivered;
};

/// Runs one vector and adds it to `profile`. Returns false, with pc at the opcode that would come next, as
/// soon as `profile.total` has reached `max_instructions`.
[[nodiscard]] bool run_vector_on_reference(Machine* machine, InstructionProfile& profile,
                                           std::uint64_t max_instructions);

/// Runs a whole program on `virtual_machine` from a reset. Throws Failure, naming `program`, if it takes more
/// than `max_instructions`.
InstructionProfile run_on_reference(VirtualMachine& virtual_machine, std::string_view program,
                                    std::span<const std::uint8_t> rom, const ProgramInput& input,
                                    std::uint64_t max_instructions);

} // namespace dispatchbench
