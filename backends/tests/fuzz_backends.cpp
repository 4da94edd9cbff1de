// libFuzzer target: takes any bytes as a ROM and its console input, and checks every backend against the
// reference.
//
// Built with -DDISPATCHBENCH_FUZZ=ON by clang; then, for two minutes:
//   build/clang/backends/tests/fuzz_backends -max_total_time=120 -max_len=600
// The first byte says how many of the last bytes are the input.

#include "backends_under_test.h"
#include "machine/reference.h"
#include "machine/virtual_machine.h"
#include "system/errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

// Most programs that run longer never end.
constexpr std::uint64_t max_instructions = 5'000;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dispatchbench;
  if (size < 2) return 0;
  const std::size_t input_size = std::min<std::size_t>(data[0], size - 2);
  const std::span rom(data + 1, std::min(size - 1 - input_size, rom_bytes_max));
  const ProgramInput input{{data + size - input_size, data + size}, {}, default_frames};

  static VirtualMachine reference;
  static VirtualMachine machine;
  try {
    run_on_reference(reference, "this input", rom, input, max_instructions);
  } catch (const Failure&) {
    return 0; // It doesn't end.
  }
  for (const testing::BackendUnderTest& backend : testing::backends_under_test()) {
    machine.reset(rom);
    if (!backend.prepare(&machine.machine())) continue;
    machine.run_program([&](Machine* running) { run_vector(*backend.backend, running); }, input);
    backend.release(&machine.machine());
    if (const auto difference = first_difference(machine.state(), reference.state())) {
      fmt::print(stderr, "{}: {}\n", backend.name, *difference);
      std::abort();
    }
  }
  return 0;
}
