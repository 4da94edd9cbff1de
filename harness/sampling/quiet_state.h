// Which of what was measured counts: the machine has states, and the probe tells them apart.
//
// The rule looks at the probe alone. A rule that looked at what is measured would throw away slow samples
// because they are slow, and prefer whatever technique the disturbance spares.
#pragma once

#include "system/probe.h"

#include <span>
#include <vector>

namespace dispatchbench {

/// The probe's lowest usual value among the readings: their 5th percentile, so that no single one decides. 0
/// if there are none.
double quiet_level(std::span<const ProbeReading> readings);

/// A reading above this multiple of the quiet level is disturbed. Quiet readings reach 1.05 times the level,
/// disturbed ones begin at 1.11.
constexpr double disturbed_above = 1.08;

/// Whether a reading is.
inline bool is_disturbed(const ProbeReading& reading, double quiet_level) {
  return quiet_level > 0 && reading.sharing > disturbed_above * quiet_level;
}

/// A pair of processes of a comparison is disturbed, all of it, if more than this share of its readings is.
/// Less moves a mean of the faster half by a fraction of the noise.
constexpr double most_disturbed_of_a_pair = 0.1;

/// A process of a measurement is disturbed as a whole if more than this share of its readings is. In others,
/// just the samples beside a disturbed reading are left out.
constexpr double most_disturbed_of_a_process = 1.0 / 3;

/// What the probe says of a stretch of measuring.
struct ProbeState {
  double level = 0;           ///< Median of its readings over the quiet level.
  double disturbed_share = 0; ///< Of its readings.
};

/// Judges the readings of a stretch. Without readings nothing is known, and it isn't disturbed.
ProbeState probe_state(std::span<const ProbeReading> readings, double quiet_level);

} // namespace dispatchbench
