// Runs one long vector on a thread with 128 KiB of stack. A dispatch that leaves anything on the native stack
// crashes.
//
//   native_stack_test LIBRARY INSTRUCTIONS [BACKEND...]
#include "abi.h"

#include <dlfcn.h>
#include <pthread.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <set>
#include <string>

using namespace dispatchbench;

namespace {

constexpr std::size_t native_stack_bytes = 128 * 1024; // What AArch64 Linux gives a thread at least.
constexpr std::uint16_t behind_brk = 0x0114;

alignas(4096) std::uint8_t ram[ram_bytes];
alignas(256) std::uint8_t working_stack[stack_bytes];
alignas(256) std::uint8_t return_stack[stack_bytes];
alignas(256) std::uint8_t device_page[device_page_bytes];

std::uint8_t no_dei(Machine*, std::uint8_t) noexcept { std::abort(); }
void no_deo(Machine*, std::uint8_t, std::uint8_t) noexcept { std::abort(); }

// Two nested loops: the inner one takes 4 * 65,536 instructions, and 6 more surround it.
constexpr unsigned long instructions_per_round = 4UL * 65536 + 6;
void load_program(std::uint16_t rounds) {
  const auto counter = static_cast<std::uint16_t>(-rounds);
  const std::uint8_t program[] = {
      0xa0,
      static_cast<std::uint8_t>(counter >> 8),
      static_cast<std::uint8_t>(counter), // LIT2 -rounds
      0xa0,
      0x00,
      0x00, // @round LIT2 0000
      0x21,
      0x26,
      0x1d,
      0x20,
      0xff,
      0xfa, // &again INC2 DUP2 ORA ?&again
      0x22,
      0x21,
      0x26,
      0x1d,
      0x20,
      0xff,
      0xf0, // POP2 INC2 DUP2 ORA ?@round
      0x00, // BRK
  };
  std::memset(ram, 0, sizeof ram);
  std::memset(working_stack, 0xee, sizeof working_stack);
  std::memcpy(ram + rom_address, program, sizeof program);
}

struct Task {
  RunFunction run;
  Machine machine;
};

void* on_small_stack(void* argument) {
  Task& task = *static_cast<Task*>(argument);
  task.run(&task.machine);
  return nullptr;
}

bool runs(const Backend& backend, std::uint16_t rounds) {
  load_program(rounds);
  Task task{backend.run,
            {ram, working_stack, return_stack, device_page, no_dei, no_deo, nullptr, rom_address, 0, 0, 0,
             nullptr, std::numeric_limits<std::int64_t>::max()}};
  if (backend.prepare != nullptr)
    if (const char* const refusal = backend.prepare(&task.machine)) {
      std::printf("%s: refuses the program, so nothing was seen: %s\n", backend.name, refusal);
      return true;
    }
  pthread_attr_t attributes;
  pthread_t thread;
  if (pthread_attr_init(&attributes) != 0 ||
      pthread_attr_setstacksize(&attributes, native_stack_bytes) != 0 ||
      pthread_create(&thread, &attributes, on_small_stack, &task) != 0) {
    std::fprintf(stderr, "native_stack_test: can't start a thread with %zu bytes of stack\n",
                 native_stack_bytes);
    return false;
  }
  pthread_join(thread, nullptr);
  if (backend.release != nullptr) backend.release(&task.machine);
  const bool right = task.machine.pc == behind_brk && task.machine.wst == 2 && working_stack[0] == 0 &&
                     working_stack[1] == 0;
  std::printf("%s: %lu instructions on %zu bytes of native stack: %s\n", backend.name,
              rounds * instructions_per_round, native_stack_bytes, right ? "right" : "WRONG RESULT");
  return right;
}

} // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    std::fprintf(stderr, "usage: native_stack_test LIBRARY INSTRUCTIONS [BACKEND...]\n");
    return 2;
  }
  void* const handle = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    std::fprintf(stderr, "native_stack_test: %s\n", dlerror());
    return 1;
  }
  const auto library =
      reinterpret_cast<decltype(&dispatchbench_library)>(dlsym(handle, "dispatchbench_library"));
  const unsigned long rounds = std::strtoul(arguments[2], nullptr, 10) / instructions_per_round + 1;
  const std::set<std::string> wanted(arguments + 3, arguments + count);
  std::size_t found = 0;
  bool right = true;
  for (std::uint32_t index = 0; index < library()->backend_count; ++index) {
    const Backend& backend = library()->backends[index];
    if (!wanted.empty() && !wanted.contains(backend.name)) continue;
    ++found;
    right = runs(backend, static_cast<std::uint16_t>(rounds)) && right;
    std::fflush(stdout);
  }
  const bool all = found > 0 && (wanted.empty() || found == wanted.size());
  if (!all) std::fprintf(stderr, "native_stack_test: %s lacks a backend that was asked for\n", arguments[1]);
  return right && all ? 0 : 1;
}
