// What a WebAssembly module of backends exports beside dispatchbench_library: programs, a machine to run them
// on, and machines to start from any state. The host, in JavaScript, has the clock and speaks the sampling
// protocol.
//
// The machine and its devices lie in the module, since a backend works on the module's memory and calls its
// devices at native speed; the sources are the native harness's. Numbers are 32 bits wide, and addresses
// those of the module's memory.
#include "machine/devices.h"
#include "machine/observed_writes.h"
#include "machine/virtual_machine.h"
#include "sampling/program_run.h"
#include "wasm/clock.h"
#include "wasm/surrounded_machine.h"

#include <cstdlib>
#include <cstring>
#include <deque>

using namespace dispatchbench;

#define DISPATCHBENCH_EXPORT(name) extern "C" __attribute__((export_name(#name)))

namespace {

std::deque<Program> programs;
ProgramRun run;

SurroundedMachine surrounded;
Machine case_machine;
Devices case_devices;

std::string text_at(const char* address, std::size_t bytes) { return {address, bytes}; }

} // namespace

/// Room in the module's memory for the host to write to, until `release_room`.
DISPATCHBENCH_EXPORT(allocate_room) void* allocate_room(std::size_t bytes) { return std::malloc(bytes); }
DISPATCHBENCH_EXPORT(release_room) void release_room(void* room) { std::free(room); }

/// Keeps a program; its number.
DISPATCHBENCH_EXPORT(add_program)
std::size_t add_program(const std::uint8_t* rom, std::size_t rom_size, const char* input,
                        std::size_t input_size, int frames) {
  programs.push_back({{}, {rom, rom + rom_size}, {text_at(input, input_size), {}, frames}});
  return programs.size() - 1;
}

/// Adds an argument to the program that was added last.
DISPATCHBENCH_EXPORT(add_argument) void add_argument(const char* text, std::size_t bytes) {
  programs.back().input.arguments.push_back(text_at(text, bytes));
}

/// Resets the machine and loads a program for a backend.
DISPATCHBENCH_EXPORT(load_program) void load_program(std::size_t program, const Backend* backend) {
  run.load(programs[program], *backend);
}

/// Lets the backend prepare what is loaded; null, or why it refuses.
DISPATCHBENCH_EXPORT(prepare_program) const char* prepare_program() { return run.prepare(); }

/// Runs every vector of the program that was loaded.
DISPATCHBENCH_EXPORT(run_program) void run_program(std::size_t program) { run.run(programs[program]); }

/// Loads, prepares and runs a program and reads the clock at `count` of its device writes. `numbers` has
/// those, ascending from 1, and room for two more; the nanoseconds since preparing began take their place:
/// until it was prepared, until the end, and until each write. Null, or why the backend refuses.
DISPATCHBENCH_EXPORT(run_cold)
const char* run_cold(std::size_t program, const Backend* backend, double* numbers, std::size_t count) {
  run.load(programs[program], *backend);
  const std::vector<double> writes(numbers, numbers + count);
  double* const times = numbers + 2;
  std::size_t reached = 0;
  double written = 0;
  double start = 0;
  const ObservedWrites observed(run.machine(), [&] {
    ++written;
    if (reached < count && written == writes[reached]) times[reached++] = now() - start;
  });
  start = now();
  if (const char* const refusal = run.prepare()) return refusal;
  numbers[0] = now() - start;
  run.run(programs[program]);
  numbers[1] = now() - start;
  return nullptr;
}

/// The machine on which programs run.
DISPATCHBENCH_EXPORT(program_machine) const Machine* program_machine() { return &run.machine(); }

/// The machine for cases, with every field and its devices anew. Its memory is left as it is.
DISPATCHBENCH_EXPORT(reset_case_machine) Machine* reset_case_machine() {
  case_machine = {};
  surrounded.lend_to(case_machine);
  case_devices.attach(case_machine);
  case_devices.reset();
  return &case_machine;
}

/// Runs one vector on it; null, or why the backend refuses.
DISPATCHBENCH_EXPORT(run_case) const char* run_case(const Backend* backend) {
  return run_from_state(*backend, &case_machine);
}

/// Where the case machine and the room around it begin and how long they are.
DISPATCHBENCH_EXPORT(case_memory) void* case_memory() { return &surrounded; }
DISPATCHBENCH_EXPORT(case_memory_size) std::size_t case_memory_size() { return sizeof surrounded; }

/// What a machine's devices keep beside the device page.
DISPATCHBENCH_EXPORT(output_of) const char* output_of(const Machine* machine) {
  return static_cast<const Devices*>(machine->devices)->output.data();
}
DISPATCHBENCH_EXPORT(output_size_of) std::size_t output_size_of(const Machine* machine) {
  return static_cast<const Devices*>(machine->devices)->output.size();
}
DISPATCHBENCH_EXPORT(error_of) const char* error_of(const Machine* machine) {
  return static_cast<const Devices*>(machine->devices)->error.data();
}
DISPATCHBENCH_EXPORT(error_size_of) std::size_t error_size_of(const Machine* machine) {
  return static_cast<const Devices*>(machine->devices)->error.size();
}
DISPATCHBENCH_EXPORT(console_vector_of) int console_vector_of(const Machine* machine) {
  return static_cast<const Devices*>(machine->devices)->console_vector;
}
DISPATCHBENCH_EXPORT(screen_vector_of) int screen_vector_of(const Machine* machine) {
  return static_cast<const Devices*>(machine->devices)->screen_vector;
}
DISPATCHBENCH_EXPORT(is_stopped) int is_stopped(const Machine* machine) {
  return static_cast<const Devices*>(machine->devices)->stopped ? 1 : 0;
}
DISPATCHBENCH_EXPORT(exit_code_of) int exit_code_of(const Machine* machine) {
  return static_cast<const Devices*>(machine->devices)->exit_code;
}
