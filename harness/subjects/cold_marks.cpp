#include "subjects/cold_marks.h"

#include "machine/observed_writes.h"
#include "machine/reference.h"
#include "system/errors.h"

#include <fmt/format.h>

#include <cmath>

namespace dispatchbench {

std::vector<ColdMark> nearest_marks(const std::vector<std::uint64_t>& instructions_at_writes) {
  std::vector<ColdMark> marks;
  for (std::size_t distance = 0; distance < cold_distances.size(); ++distance) {
    double smallest = std::log(1.5);
    ColdMark nearest;
    for (std::size_t i = 0; i < instructions_at_writes.size(); ++i) {
      const double wanted = static_cast<double>(cold_distances[distance]);
      const double off = std::abs(std::log(static_cast<double>(instructions_at_writes[i]) / wanted));
      if (off > smallest) continue;
      smallest = off;
      nearest = {distance, i + 1, instructions_at_writes[i]};
    }
    if (nearest.write != 0) marks.push_back(nearest);
  }
  return marks;
}

std::vector<ColdMark> cold_marks(const Workload& workload, std::uint64_t max_instructions) {
  VirtualMachine machine;
  machine.reset(workload.rom);
  InstructionProfile profile;
  std::vector<std::uint64_t> at_writes;
  const ObservedWrites observed(machine.machine(), [&] { at_writes.push_back(profile.total); });
  machine.run_program(
      [&](Machine* running) {
        if (!run_vector_on_reference(running, profile, max_instructions))
          throw Failure(
              fmt::format("{}: still running after {} instructions", workload.name, max_instructions));
      },
      workload.input);
  return nearest_marks(at_writes);
}

} // namespace dispatchbench
