// The reference interpreter: what every backend is checked against. It executes one opcode at a time out of
// line, counts it, and stops a program that never ends.
#pragma once

#include "machine/virtual_machine.h"

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <vector>

namespace dispatchbench {

/// How often a program executed each straight run of opcodes. One ends with a jump (taken or not), a store, a
/// device's opcode or BRK, or at `opcodes_max`. tools/choose_sequences chooses superinstructions from them.
struct StraightRuns {
  static constexpr std::size_t opcodes_max = 32;
  std::map<std::vector<std::uint8_t>, std::uint64_t> counts;
  std::vector<std::uint8_t> current;

  /// Adds the next opcode that is executed.
  void add(std::uint8_t opcode);
};

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
  /// Counted into if it isn't null.
  StraightRuns* straight_runs = nullptr;
};

/// Runs one vector and adds it to `profile`. Returns false, with pc at the opcode that would come next, as
/// soon as `profile.total` has reached `max_instructions`. Throws Interrupted after a signal.
[[nodiscard]] bool run_vector_on_reference(Machine* machine, InstructionProfile& profile,
                                           std::uint64_t max_instructions);

/// Runs a whole program on `virtual_machine` from a reset. Throws Failure, naming `program`, if it takes more
/// than `max_instructions`, and Interrupted after a signal. Counts into `straight_runs` if it isn't null.
InstructionProfile run_on_reference(VirtualMachine& virtual_machine, std::string_view program,
                                    std::span<const std::uint8_t> rom, const ProgramInput& input,
                                    std::uint64_t max_instructions, StraightRuns* straight_runs = nullptr);

} // namespace dispatchbench
