#include "verification.h"

#include "child_process.h"
#include "errors.h"

#include <fmt/format.h>

namespace dispatchbench {
namespace {

using Clock = std::chrono::steady_clock;

} // namespace

ReferenceRun run_reference(const Workload& workload, std::uint64_t max_instructions) {
  ReferenceRun run{workload, {}, std::make_unique<VirtualMachine>()};
  run.profile =
      run_on_reference(*run.final_state, workload.name, workload.rom, workload.input, max_instructions);
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

std::vector<BenchmarkRow> make_rows(const std::vector<ReferenceRun>& references,
                                    const std::vector<LibraryDescription>& libraries,
                                    const std::string& backend_filter) {
  const std::regex expression = filter_expression("--backend", backend_filter);
  std::vector<BenchmarkRow> rows;
  for (const ReferenceRun& reference : references)
    for (const LibraryDescription& library : libraries)
      for (const auto& backend : library.backends)
        if (std::regex_search(backend.name, expression)) rows.push_back({&reference, &library, backend.name});
  if (!rows.empty() || references.empty()) return rows;
  std::string available;
  for (const LibraryDescription& library : libraries) {
    available += fmt::format("\n  {}:", library.label);
    for (const auto& backend : library.backends) available += ' ' + backend.name;
    for (const auto& backend : library.unavailable)
      available += fmt::format("\n    {} is unavailable: {}", backend.name, backend.reason);
  }
  throw UsageError(fmt::format("--backend {}: matches no backend of the loaded libraries; there are:{}",
                               backend_filter, available));
}

Verification verify_row(const BenchmarkRow& row, std::chrono::seconds time_out) {
  const auto work = [&](int fd) {
    const RunFunction run = find_backend(load_library(row.library->path), row.backend);
    VirtualMachine virtual_machine;
    virtual_machine.reset(row.reference->workload.rom);
    const Clock::time_point start = Clock::now();
    virtual_machine.run_program(run, row.reference->workload.input);
    const std::chrono::nanoseconds duration = Clock::now() - start;
    if (const auto difference = first_difference(virtual_machine, *row.reference->final_state))
      throw Failure("differs from the reference: " + *difference);
    write_all(fd, std::to_string(duration.count()));
  };
  const ChildResult child =
      run_in_child(work, time_out + std::chrono::milliseconds(row.reference->profile.total / 1000));
  if (child.succeeded()) return {std::nullopt, std::chrono::nanoseconds(std::stoll(child.output))};
  if (child.end == ChildResult::End::exited && child.code == 1) return {child.output, {}};
  return {"the process that ran it " + child.describe(), {}};
}

} // namespace dispatchbench
