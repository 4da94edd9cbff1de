// Random start states for differential tests.
#pragma once

#include "machine/machine_state.h"

#include <cstdint>

namespace dispatchbench::testing {

/// Fills `state` with a state made from `seed` alone: everything random, `opcode` at the pc on operands that
/// are often at the ends of their range, behind it and where it leads a BRK. Pointers and pc are often at the
/// ends, too.
void make_single_instruction(MachineState& state, std::uint8_t opcode, std::uint64_t seed);

/// Fills `state` with a state made from `seed` alone: 1 to 16 short pieces of program at the pc, biased to
/// stay within it: literals, arithmetic, short jumps, devices, and stores next to the pc. What surrounds them
/// ends the run soon or not at all.
void make_program(MachineState& state, std::uint64_t seed);

/// Runs `state` on the reference interpreter and leaves the end state in `end`. False if it doesn't reach a
/// BRK within `max_instructions`.
[[nodiscard]] bool run_on_reference(const MachineState& state, MachineState& end,
                                    std::uint64_t max_instructions);

} // namespace dispatchbench::testing
