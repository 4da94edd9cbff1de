#include "sampling/case_run.h"

#include "machine/guarded_machine.h"
#include "sampling/program_run.h"

#include <nlohmann/json.hpp>

#include <memory>

namespace dispatchbench {
namespace {

using nlohmann::ordered_json;

/// Prepares, runs and releases as for a program. Returns null, or why the backend refuses.
const char* run_case(const Backend& backend, Machine* machine) {
  if (backend.prepare != nullptr) {
    const std::uint16_t start = machine->pc;
    machine->pc = rom_address;
    if (const char* const refusal = backend.prepare(machine)) return refusal;
    machine->pc = start;
  }
  run_vector(backend, machine);
  if (backend.prepare != nullptr && backend.release != nullptr) backend.release(machine);
  return nullptr;
}

} // namespace

void run_cases(const Backend& backend, const std::vector<CaseStart>& starts,
               const std::function<void(const std::string&)>& answer) {
  GuardedMachines machines = guarded_machines();
  const auto start = std::make_unique<MachineState>();
  for (const CaseStart& each : starts) {
    each.write_to(*start);
    std::vector<StateView> ends;
    const char* refusal = nullptr;
    for (GuardedMachine& machine : machines) {
      machine.start_from(*start);
      refusal = run_case(backend, &machine.machine());
      if (refusal != nullptr) break;
      const StateView end(machine.machine(), machine.devices());
      if (ends.empty() || first_difference(end, ends.front())) ends.push_back(end);
    }
    if (refusal != nullptr) {
      answer(ordered_json{{"refused", refusal}}.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
      continue;
    }
    std::string line = R"({"ends":[)" + case_end_text(ends.front(), *start);
    for (std::size_t i = 1; i < ends.size(); ++i) line += ',' + case_end_text(ends[i], *start);
    answer(line + "]}");
  }
}

} // namespace dispatchbench
