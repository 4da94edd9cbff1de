#include "sampling/case_run.h"

#include "machine/guarded_machine.h"
#include "sampling/program_run.h"

#include <nlohmann/json.hpp>

#include <memory>

namespace dispatchbench {

using nlohmann::ordered_json;

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
      refusal = run_from_state(backend, &machine.machine());
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
