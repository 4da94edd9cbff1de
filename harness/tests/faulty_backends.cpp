// A backend library for the harness's own tests: one backend that is right, and one for each way to be wrong.
#include "abi.h"
#include "isa/execute.h"
#include "isa/opcode.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <unistd.h>
#include <utility>

#ifndef FAULTY_ABI
#define FAULTY_ABI DISPATCHBENCH_ABI_VERSION
#endif

using namespace dispatchbench;

namespace {

void correct(Machine* machine) noexcept {
  for (;;) {
    const std::uint8_t opcode = machine->ram[machine->pc++];
    if (static_cast<Opcode>(opcode) == Opcode::BRK) return;
    execute_wrapping(machine);
  }
}

/// Whether a whole program begins, and not a case of the check: every case has bytes in its device page.
bool program_begins(const Machine* machine) {
  return std::all_of(machine->device_page, machine->device_page + device_page_bytes,
                     [](std::uint8_t byte) { return byte == 0; });
}

/// Leaves one byte of memory different after a whole program.
void wrong_result(Machine* machine) noexcept {
  const bool is_program = program_begins(machine);
  correct(machine);
  if (is_program) machine->ram[0xfedc] ^= 0x42;
}

// A signal that no sanitizer turns into an exit code.
void crashes(Machine* machine) noexcept {
  if (program_begins(machine)) std::raise(SIGKILL);
  correct(machine);
}

void hangs(Machine* machine) noexcept {
  while (program_begins(machine)) pause();
  correct(machine);
}

/// Passes verification, which runs a program once per process, and crashes while it is being measured.
void crashes_when_measured(Machine* machine) noexcept {
  static int programs = 0;
  if (program_begins(machine) && ++programs > 2) std::raise(SIGKILL);
  correct(machine);
}

/// Right the first time in a process; later it returns at once, in no time.
void right_once(Machine* machine) noexcept {
  static int programs = 0;
  if (program_begins(machine) && ++programs > 1) return;
  correct(machine);
}

/// Three that are wrong only with the working stack's pointer at its end, where no whole program begins.
bool is_at_the_end(const Machine* machine) { return machine->wst == 0xff; }

void wrong_in_a_case(Machine* machine) noexcept {
  const bool at_the_end = is_at_the_end(machine);
  correct(machine);
  if (at_the_end) machine->ram[0xfedc] ^= 0x42;
}

void hangs_in_a_case(Machine* machine) noexcept {
  while (is_at_the_end(machine)) pause();
  correct(machine);
}

void leaves_a_stack(Machine* machine) noexcept {
  if (is_at_the_end(machine))
    *static_cast<volatile std::uint8_t*>(machine->working_stack + machine->wst + 1) = 0;
  correct(machine);
}

const char* refuse(Machine*) noexcept { return "it rewrites its own code"; }

const char* refuse_the_third_time(Machine*) noexcept {
  static int programs = 0;
  return ++programs > 2 ? "caf\xe9: it has had enough" : nullptr; // Not UTF-8.
}

/// Right itself, it lets the next backend of its process crash.
bool is_spoiled = false;
void spoils_the_next(Machine* machine) noexcept {
  correct(machine);
  is_spoiled = true;
}
void spoiled(Machine* machine) noexcept {
  if (is_spoiled) std::raise(SIGKILL);
  correct(machine);
}

/// 576 KiB, as many as in the table of direct_threaded, in blocks that an allocator takes from freed memory
/// if it has some.
constexpr std::size_t block_bytes = 64UL * 1024;
std::array<void*, 9> blocks{};
void* prepared = nullptr; ///< What was made of a program, until it is released.

const char* prepare(Machine* machine) noexcept {
  // What a sample must give it: the ROM in place, nothing run, and what was made before released.
  if (machine->pc != rom_address || machine->program != nullptr || prepared != nullptr) std::raise(SIGKILL);
  for (void*& block : blocks) block = std::memset(std::malloc(block_bytes), 1, block_bytes);
  prepared = blocks.front();
  machine->program = prepared;
  return nullptr;
}

void run_prepared(Machine* machine) noexcept {
  if (machine->program == nullptr || machine->program != prepared) std::raise(SIGKILL);
  correct(machine);
}

void release(Machine* machine) noexcept {
  machine->program = nullptr;
  for (void*& block : blocks) std::free(std::exchange(block, nullptr));
  prepared = nullptr;
}

/// Stops after every instruction, as if its budget were used up.
void run_and_pause(Machine* machine) noexcept {
  const std::uint8_t opcode = machine->ram[machine->pc++];
  machine->budget = static_cast<Opcode>(opcode) == Opcode::BRK ? 0 : -1;
  if (machine->budget < 0) execute_wrapping(machine);
}

constexpr Backend backend(const char* name, const char* summary, RunFunction run) {
  return {name, "faulty", "calls", summary, "calls", nullptr, run, nullptr, nullptr, 0, 0};
}

constexpr Backend refusing{
    "refuses", "faulty", "calls", "refuses every program", "calls", "c", correct, refuse, nullptr, 0, 0};
constexpr Backend refusing_later{"refuses_later", "faulty", "calls", "refuses its third program",
                                 "calls",         nullptr,  correct, refuse_the_third_time,
                                 nullptr,         0,        0};
constexpr Backend preparing{"prepares",
                            "faulty",
                            "calls",
                            "makes something of a program first",
                            "calls",
                            nullptr,
                            run_prepared,
                            prepare,
                            release,
                            0,
                            0};
constexpr Backend pausing{"pauses",      "faulty", "calls", "stops after every instruction", "calls", nullptr,
                          run_and_pause, nullptr,  nullptr, DISPATCHBENCH_BUDGETED,          0};

constexpr Backend on_request{
    "on_request", "faulty", "calls", "right, and measured on request", "calls", nullptr,
    correct,      nullptr,  nullptr, DISPATCHBENCH_ON_REQUEST,         0};

constexpr Backend backends[] = {
    backend("correct", "right", correct),
    backend("wrong_result", "changes memory", wrong_result),
    backend("crashes", "dies at once in a program", crashes),
    backend("hangs", "never returns from a program", hangs),
    backend("crashes_when_measured", "dies in its third run", crashes_when_measured),
    backend("right_once", "does nothing in its second run", right_once),
    backend("spoils_the_next", "right, but not for the next", spoils_the_next),
    backend("spoiled", "right in a process of its own", spoiled),
    backend("wrong_in_a_case", "changes memory where the stack ends", wrong_in_a_case),
    backend("hangs_in_a_case", "never returns where the stack ends", hangs_in_a_case),
    backend("leaves_a_stack", "writes behind the stack", leaves_a_stack),
    refusing,
    refusing_later,
    preparing,
    pausing,
    on_request,
};

constexpr UnavailableBackend unavailable[] = {{"imaginary", "needs a compiler that doesn't exist"}};

constexpr BackendLibrary library{FAULTY_ABI,
                                 sizeof(BackendLibrary),
                                 sizeof(Backend),
                                 sizeof(Machine),
                                 "faulty",
                                 "native",
                                 "c++",
                                 "clang",
                                 "0.0.0",
                                 "-O0",
                                 "none",
                                 backends,
                                 unavailable,
                                 std::size(backends),
                                 std::size(unavailable)};

} // namespace

extern "C" [[gnu::visibility("default")]] const BackendLibrary* dispatchbench_library() noexcept {
  return &library;
}
