#include "sampling/quiet_state.h"

#include <algorithm>

namespace dispatchbench {
namespace {

double quantile(std::vector<double> values, double share) {
  const auto at =
      values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

std::vector<double> sharing_of(std::span<const ProbeReading> readings) {
  std::vector<double> values;
  for (const ProbeReading& reading : readings) values.push_back(reading.sharing);
  return values;
}

} // namespace

double quiet_level(std::span<const ProbeReading> readings) {
  return readings.empty() ? 0 : quantile(sharing_of(readings), 0.05);
}

ProbeState probe_state(std::span<const ProbeReading> readings, double quiet_level) {
  if (readings.empty() || quiet_level <= 0) return {1, 0};
  const auto disturbed = std::count_if(readings.begin(), readings.end(), [&](const ProbeReading& reading) {
    return is_disturbed(reading, quiet_level);
  });
  return {quantile(sharing_of(readings), 0.5) / quiet_level,
          static_cast<double>(disturbed) / static_cast<double>(readings.size())};
}

} // namespace dispatchbench
