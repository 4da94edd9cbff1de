#include "commands.h"
#include "errors.h"

namespace dispatchbench {

int run_once_command(const Options& options) {
  const std::vector<Workload> workloads = selected_workloads(options);
  const std::vector<LibraryFile> libraries = selected_libraries(options);
  if (workloads.size() != 1 || libraries.size() != 1)
    throw UsageError("run-once: the filters have to leave exactly one workload and one library");
  const RunFunction run = find_backend(load_library(libraries[0].path), options.backend_filter);
  VirtualMachine machine;
  machine.reset(workloads[0].rom);
  machine.run_program(run, workloads[0].input);
  return exit_fine;
}

} // namespace dispatchbench
