#include "subjects/reference_run.h"

#include "system/errors.h"

#include <fmt/format.h>

#include <string_view>

namespace dispatchbench {

ReferenceRun run_unchecked(const Workload& workload, std::uint64_t max_instructions,
                           StraightRuns* straight_runs) {
  ReferenceRun run;
  run.workload = workload;
  run.profile = run_on_reference(*run.final_state, workload.name, workload.rom, workload.input,
                                 max_instructions, straight_runs);
  run.digest = digest_of(run.final_state->state());
  return run;
}

ReferenceRun run_reference(const Workload& workload, std::uint64_t max_instructions) {
  ReferenceRun run = run_unchecked(workload, max_instructions);
  if (!workload.has_expectation) return run;

  const Devices& devices = run.final_state->devices();
  const auto check = [&](std::string_view field, const auto& found, const auto& expected) {
    if (found != expected)
      throw Failure(fmt::format(
          "workload {}: the reference gives {} {:?}, workload.json expects {:?}. One of the two is "
          "wrong; if the program was changed, reassemble it and correct workload.json",
          workload.name, field, found, expected));
  };
  const auto check_number = [&](std::string_view field, std::uint64_t found, std::uint64_t expected) {
    check(field, std::to_string(found), std::to_string(expected));
  };
  check("output", devices.output, workload.expected_output);
  check("error output", devices.error, workload.expected_error);
  check_number("exit code", devices.exit_code, static_cast<std::uint64_t>(workload.expected_exit_code));
  check_number("instructions", run.profile.total, workload.instructions);
  return run;
}

} // namespace dispatchbench
