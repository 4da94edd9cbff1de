#include "sampling/program_run.h"

#include <limits>

namespace dispatchbench {

void run_vector(const Backend& backend, Machine* machine) {
  do {
    machine->budget = std::numeric_limits<std::int64_t>::max();
    backend.run(machine);
  } while ((backend.flags & DISPATCHBENCH_BUDGETED) != 0 && machine->budget < 0);
}

const char* run_from_state(const Backend& backend, Machine* machine) {
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

void ProgramRun::load(const Program& program, const Backend& backend) {
  release();
  backend_ = &backend;
  machine_.reset(program.rom);
}

const char* ProgramRun::prepare() {
  if (backend_->prepare == nullptr) return nullptr;
  const char* const refusal = backend_->prepare(&machine_.machine());
  prepared_ = refusal == nullptr;
  return refusal;
}

void ProgramRun::run(const Program& program) {
  if ((backend_->flags & DISPATCHBENCH_BUDGETED) == 0) {
    machine_.run_program(backend_->run, program.input);
    return;
  }
  machine_.run_program([this](Machine* machine) { run_vector(*backend_, machine); }, program.input);
}

void ProgramRun::release() {
  if (prepared_ && backend_->release != nullptr) backend_->release(&machine_.machine());
  prepared_ = false;
}

} // namespace dispatchbench
