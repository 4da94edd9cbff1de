// Random start states: programs for the check of every backend, single instructions for the differential
// test.
#pragma once

#include "checking/case_format.h"
#include "machine/machine_state.h"

#include <cstdint>

namespace dispatchbench {

/// Fills `state` with a state that `seed` alone determines: everything random, with `opcode` at the pc and a
/// BRK after it and where it leads. Operands, pointers and pc are often at the ends of their range.
void make_single_instruction(MachineState& state, std::uint8_t opcode, std::uint64_t seed);

/// Fills `state` with a state that `seed` alone determines: 1 to 16 short pieces of program at the pc, biased
/// to stay within it: literals, arithmetic, short jumps, devices, and stores next to the pc. Some run again,
/// changed. What surrounds them, which is returned, ends the run soon or not at all.
Surroundings make_program(MachineState& state, std::uint64_t seed);

/// Runs `state` on the reference interpreter and leaves the end state in `end`. False if it doesn't reach a
/// BRK within `max_instructions`.
[[nodiscard]] bool run_on_reference(const MachineState& state, MachineState& end,
                                    std::uint64_t max_instructions = 2'000);

} // namespace dispatchbench
