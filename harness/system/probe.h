// The probe: fixed code whose time tells whether somebody else uses this core's execution units.
//
// A neighbour on the core's other hardware thread slows interpreters down by different shares, so that ratios
// change with it, and no counter of a virtual machine shows it. Two pieces of code are timed back to back:
// six independent chains of additions, which take all the execution units they can get, and one chain of
// dependent multiplications, which needs one unit now and then. The neighbour slows the first down and not
// the second; the clock's frequency changes both. Their quotient therefore shows the neighbour alone: in 240
// s on a two-processor virtual machine it was 1.00 to 1.05 times its lowest value while ratios were as ever,
// and 1.11 to 2.2 times while they were not, with nothing in between.
#pragma once

#include <cstdint>
#include <vector>

namespace dispatchbench {

/// A chain in which each multiplication waits for the one before: its time depends on nothing but the clock.
void multiply_in_sequence(std::uint64_t steps);

/// One reading, which takes about 80 microseconds.
struct ProbeReading {
  double seconds = 0; ///< When, on CLOCK_MONOTONIC.
  /// Time of the additions over that of the multiplications. Means something only relative to other readings
  /// on this machine.
  double sharing = 0;
};

/// Reads the probe on the processor that this thread runs on. Each of the two times is the shortest of three,
/// so that an interrupt doesn't count.
ProbeReading read_probe();

/// Adds a reading unless the last one is less than 10 ms old: often enough that a disturbance of 100 ms
/// shows, seldom enough that it takes a hundredth of the time at most.
void read_probe_if_due(std::vector<ProbeReading>& readings);

/// Reads the probe on `cpu`; where this process runs if `cpu` is -1 or not allowed. The process may run where
/// it did before afterwards.
ProbeReading read_probe_on(int cpu);

} // namespace dispatchbench
