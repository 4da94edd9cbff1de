// A machine's fingerprint: what makes times comparable, as one line that people can read and programs
// compare.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dispatchbench {

/// Raised whenever fingerprints say something else, so that an older one never equals a newer one.
inline constexpr int fingerprint_version = 2;

/// The fact that says how times are taken.
inline constexpr const char* sampling_fact = "sampling";

/// Names, one word each, with their values.
using MachineFacts = std::vector<std::pair<std::string, std::string>>;

/// "v2; model Some Processor; vendor GenuineIntel; family 6". A `;` in a value becomes a comma.
std::string make_fingerprint(const MachineFacts& facts);

/// Whether a fingerprint is of this version. Version 1 had model, processors and virtualization alone.
bool is_current_fingerprint(std::string_view fingerprint);

/// What `other` comes from if it isn't the machine of `one`: "another machine, microcode 0x1 against 0x2", or
/// one that an older version identified by less, or the same one measured in another way. Empty if they are
/// equal.
/// reports/dispatchbench_reports/machines.py says the same.
std::string machine_difference(std::string_view one, std::string_view other);

} // namespace dispatchbench
