// libFuzzer target: takes any bytes as a ROM and its console input, and checks every backend against the
// reference.
//
// Built with -DDISPATCHBENCH_FUZZ=ON by clang; then, for two minutes:
//   build/clang/backends/tests/fuzz_backends -max_total_time=120 -max_len=600 -timeout=5 CORPUS_FOLDER
// The first byte says how many of the last bytes are the input.
//
// Only what guides the fuzzer is instrumented: the opcodes' bodies and the devices. Nearly all other time
// would go into 64 KiB of memory for each backend, so memory is put back only where it was changed, and
// compared by the C library.

#include "backends_under_test.h"
#include "isa/execute.h"
#include "machine/virtual_machine.h"
#include "sampling/program_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace dispatchbench {
namespace {

// Most programs that run longer never end.
constexpr unsigned max_instructions = 5'000;

// libFuzzer treats these as coverage: which opcodes ran with all accesses linear, and which with one that
// wraps. Backends have code of their own for each, the reference hasn't.
[[gnu::section("__libfuzzer_extra_counters"), gnu::used]] std::array<std::uint8_t, 512> opcode_paths;

using IsLinear = bool (*)(const Registers&);
constexpr std::array<IsLinear, 256> linear_checks{
#define DISPATCHBENCH_CHECK(mnemonic, row, value) is_linear<Opcode::mnemonic>,
    DISPATCHBENCH_OPCODES(DISPATCHBENCH_CHECK)
#undef DISPATCHBENCH_CHECK
};

/// Runs one vector; false as soon as `instructions_left` is 0.
bool run_on_reference(Machine* machine, unsigned& instructions_left) {
  while (instructions_left-- > 0) {
    const std::uint8_t opcode = machine->ram[machine->pc++];
    ++opcode_paths[opcode * 2u + (linear_checks[opcode](enter(machine)) ? 0 : 1)];
    if (static_cast<Opcode>(opcode) == Opcode::BRK) return true;
    execute_wrapping(machine);
  }
  instructions_left = 0;
  return false;
}

struct Input {
  std::span<const std::uint8_t> rom;
  std::string_view console;
};

/// Whether `size` bytes are equal. libFuzzer replaces memcmp, also where nothing is instrumented, to learn
/// words from what is compared, and in some of its builds compares byte by byte.
bool equal(const std::uint8_t* a, const std::uint8_t* b, std::size_t size) {
  using Word = std::uint64_t;
  constexpr std::size_t stride = 64;
  for (std::size_t at = 0; at < size; at += stride) {
    std::array<Word, stride / sizeof(Word)> left;
    std::array<Word, stride / sizeof(Word)> right;
    std::memcpy(left.data(), a + at, stride);
    std::memcpy(right.data(), b + at, stride);
    Word differing = 0;
    for (std::size_t i = 0; i < left.size(); ++i) differing |= left[i] ^ right[i];
    if (differing != 0) return false;
  }
  return true;
}

/// A machine that is put back to its start where it was changed, not as a whole.
class RestoredMachine {
public:
  RestoredMachine() {
    machine_.reset({});
    start_ = machine_.machine();
  }

  VirtualMachine& virtual_machine() { return machine_; }
  StateView state() const { return machine_.state(); }

  /// As VirtualMachine::reset, if all memory that isn't 0 was noted.
  void reset(std::span<const std::uint8_t> rom) {
    Machine& machine = machine_.machine();
    machine = start_; // Every field anew: a backend that went wrong may have changed any of them.
    for (const std::size_t begin : blocks_) std::memset(machine.ram + begin, 0, block_bytes);
    std::copy(rom.begin(), rom.end(), machine.ram + rom_address);
    std::memset(machine.working_stack, 0, stack_bytes);
    std::memset(machine.return_stack, 0, stack_bytes);
    std::memset(machine.device_page, 0, device_page_bytes);
    static_cast<Devices*>(machine.devices)->reset();
  }

  /// Notes which memory isn't 0.
  void note_memory() {
    static constexpr std::array<std::uint8_t, block_bytes> zeros{};
    blocks_.clear();
    const std::uint8_t* const ram = machine_.machine().ram;
    for (std::size_t begin = 0; begin < ram_bytes; begin += block_bytes)
      if (!equal(ram + begin, zeros.data(), block_bytes)) blocks_.push_back(begin);
  }
  /// Notes the same if memory equals `other`'s.
  void note_memory_of(const RestoredMachine& other) { blocks_ = other.blocks_; }

private:
  static constexpr std::size_t block_bytes = 1024;

  VirtualMachine machine_;
  Machine start_{};
  std::vector<std::size_t> blocks_; // Where each begins.
};

/// Whether two states agree in everything; first_difference, which says in what they don't, is slower.
bool agree(const StateView& a, const StateView& b) {
  return a.pc == b.pc && a.wst == b.wst && a.rst == b.rst && a.devices.output == b.devices.output &&
         a.devices.error == b.devices.error && a.devices.exit_code == b.devices.exit_code &&
         a.devices.console_vector == b.devices.console_vector && a.devices.stopped == b.devices.stopped &&
         equal(a.working_stack.data(), b.working_stack.data(), stack_bytes) &&
         equal(a.return_stack.data(), b.return_stack.data(), stack_bytes) &&
         equal(a.device_page.data(), b.device_page.data(), device_page_bytes) &&
         equal(a.ram.data(), b.ram.data(), ram_bytes);
}

/// Runs a whole program on a machine that has just been reset. False if the backend refuses the program.
bool run_backend(const testing::BackendUnderTest& backend, VirtualMachine& machine, const Input& input) {
  if (!backend.prepare(&machine.machine())) return false;
  machine.run_program([&](Machine* running) { run_vector(*backend.backend, running); }, input.console);
  backend.release(&machine.machine());
  return true;
}

/// Repeats an input that went wrong one backend at a time, says which is to blame, and ends the process.
[[noreturn]] void report(const testing::BackendUnderTest& backend, const Input& input, const StateView& found,
                         const StateView& expected) {
  fmt::print(stderr, "{}: {}\n", backend.name, first_difference(found, expected).value_or("differs"));
  VirtualMachine machine;
  machine.reset(input.rom);
  if (run_backend(backend, machine, input) && !first_difference(machine.state(), expected))
    fmt::print(stderr, "On a machine of its own it is right: it depends on what ran before it\n");
  std::abort();
}

/// Checks every backend with one input, unless the reference doesn't come to its end.
void check(const Input& input) {
  static RestoredMachine reference;
  static RestoredMachine machine;

  reference.reset(input.rom);
  unsigned instructions_left = max_instructions;
  bool ended = true;
  reference.virtual_machine().run_program(
      [&](Machine* running) { ended = ended && run_on_reference(running, instructions_left); },
      input.console);
  reference.note_memory();
  if (!ended) return;

  for (const testing::BackendUnderTest& backend : testing::backends_under_test()) {
    machine.reset(input.rom);
    if (!run_backend(backend, machine.virtual_machine(), input)) {
      machine.note_memory();
      continue;
    }
    if (!agree(machine.state(), reference.state()))
      report(backend, input, machine.state(), reference.state());
    machine.note_memory_of(reference);
  }
}

} // namespace
} // namespace dispatchbench

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dispatchbench;
  if (size < 2) return 0;
  const std::size_t console_bytes = std::min<std::size_t>(data[0], size - 2);
  const std::span rom(data + 1, std::min(size - 1 - console_bytes, rom_bytes_max));
  check({rom, {reinterpret_cast<const char*>(data + size - console_bytes), console_bytes}});
  return 0;
}
