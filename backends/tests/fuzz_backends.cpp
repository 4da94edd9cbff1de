// libFuzzer target: takes any bytes as a ROM and its console input, and checks every backend against the
// reference.
//
// Built by clang where it has libFuzzer; then, for two minutes:
//   build/clang/backends/tests/fuzz_backends -max_total_time=120 -max_len=600 -timeout=5 CORPUS_FOLDER
// The first byte says how many of the last bytes are the input; the next four end the ROM at the end of
// memory, where operands wrap around; the others are its beginning. Between the two the ROM is 0.
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
#include <memory>
#include <span>
#include <vector>

namespace dispatchbench {
namespace {

// Most programs that run longer never end.
constexpr unsigned max_instructions = 5'000;

// libFuzzer treats these as coverage. Backends have code of their own for opcodes with an access that wraps,
// the reference hasn't: so first which opcodes ran with all accesses linear, and which with one that wraps;
// then where in the last page of memory, which leads to operands that wrap.
struct Guidance {
  std::array<std::uint8_t, 512> paths;
  std::array<std::uint8_t, 256> last_page;
};
[[gnu::section("__libfuzzer_extra_counters"), gnu::used]] Guidance guidance;

using IsLinear = bool (*)(const Registers&);
constexpr std::array<IsLinear, 256> linear_checks{
#define DISPATCHBENCH_CHECK(mnemonic, row, value) is_linear<Opcode::mnemonic>,
    DISPATCHBENCH_OPCODES(DISPATCHBENCH_CHECK)
#undef DISPATCHBENCH_CHECK
};

/// Runs one vector; false as soon as `instructions_left` is 0.
bool run_on_reference(Machine* machine, unsigned& instructions_left) {
  while (instructions_left-- > 0) {
    if (machine->pc >= 0xff00) ++guidance.last_page[machine->pc & 0xff];
    const std::uint8_t opcode = machine->ram[machine->pc++];
    ++guidance.paths[opcode * 2u + (linear_checks[opcode](enter(machine)) ? 0 : 1)];
    if (static_cast<Opcode>(opcode) == Opcode::BRK) return true;
    execute_wrapping(machine);
  }
  instructions_left = 0;
  return false;
}

struct Input {
  std::span<const std::uint8_t> rom; ///< From 0x0100 on.
  std::span<const std::uint8_t> end; ///< Up to 0xffff.
  ProgramInput given;
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

/// The machine's regions between bytes that belong to none: whoever reads one of those goes wrong, and
/// whoever writes one is found out.
struct Regions {
  using Fence = std::array<std::uint8_t, stack_bytes>;

  alignas(4096) std::array<Fence, 4096 / stack_bytes> before_ram{};
  std::array<std::uint8_t, ram_bytes> ram{};
  Fence after_ram{};
  std::array<std::uint8_t, stack_bytes> working_stack{};
  Fence between_stacks{};
  std::array<std::uint8_t, stack_bytes> return_stack{};
  Fence after_stacks{};
  std::array<std::uint8_t, device_page_bytes> device_page{};
  Fence after_device_page{};

  static constexpr std::uint8_t fence_byte = 0xa5;

  Regions() {
    for (Fence* const fence : fences()) fence->fill(fence_byte);
  }
  std::array<Fence*, 5> fences() {
    return {&before_ram.back(), &after_ram, &between_stacks, &after_stacks, &after_device_page};
  }
  bool fences_stand() {
    static constexpr auto intact = [] {
      Fence fence{};
      fence.fill(fence_byte);
      return fence;
    }();
    const auto all = fences();
    return std::all_of(all.begin(), all.end(),
                       [](const Fence* fence) { return equal(fence->data(), intact.data(), intact.size()); });
  }
};

/// A machine that is put back to its start where it was changed, not as a whole.
class RestoredMachine {
public:
  RestoredMachine() {
    machine_.reset({});
    start_ = machine_.machine();
    start_.ram = regions_.ram.data();
    start_.working_stack = regions_.working_stack.data();
    start_.return_stack = regions_.return_stack.data();
    start_.device_page = regions_.device_page.data();
  }

  bool fences_stand() { return regions_.fences_stand(); }
  VirtualMachine& virtual_machine() { return machine_; }
  StateView state() const { return machine_.state(); }

  /// As VirtualMachine::reset, if all memory that isn't 0 was noted.
  void reset(const Input& input) {
    Machine& machine = machine_.machine();
    machine = start_; // Every field anew: a backend that went wrong may have changed any of them.
    for (const std::size_t begin : blocks_) std::memset(machine.ram + begin, 0, block_bytes);
    std::copy(input.rom.begin(), input.rom.end(), machine.ram + rom_address);
    std::copy(input.end.begin(), input.end.end(), machine.ram + ram_bytes - input.end.size());
    std::memset(machine.working_stack, 0, stack_bytes);
    std::memset(machine.return_stack, 0, stack_bytes);
    std::memset(machine.device_page, 0, device_page_bytes);
    static_cast<Devices*>(machine.devices)->reset();
  }

  /// Notes which memory isn't 0.
  void note_memory() {
    static constexpr std::array<std::uint8_t, block_bytes> zeros{};
    blocks_.clear();
    const std::uint8_t* const ram = regions_.ram.data();
    for (std::size_t begin = 0; begin < ram_bytes; begin += block_bytes)
      if (!equal(ram + begin, zeros.data(), block_bytes)) blocks_.push_back(begin);
  }
  /// Notes the same if memory equals `other`'s.
  void note_memory_of(const RestoredMachine& other) { blocks_ = other.blocks_; }

private:
  static constexpr std::size_t block_bytes = 1024;

  Regions regions_;
  VirtualMachine machine_;
  Machine start_{};
  std::vector<std::size_t> blocks_; // Where each begins.
};

/// Whether two states agree in everything; first_difference, which says in what they don't, is slower.
bool agree(const StateView& a, const StateView& b) {
  return a.pc == b.pc && a.wst == b.wst && a.rst == b.rst && a.devices.output == b.devices.output &&
         a.devices.error == b.devices.error && a.devices.exit_code == b.devices.exit_code &&
         a.devices.console_vector == b.devices.console_vector &&
         a.devices.screen_vector == b.devices.screen_vector && a.devices.stopped == b.devices.stopped &&
         equal(a.working_stack.data(), b.working_stack.data(), stack_bytes) &&
         equal(a.return_stack.data(), b.return_stack.data(), stack_bytes) &&
         equal(a.device_page.data(), b.device_page.data(), device_page_bytes) &&
         equal(a.ram.data(), b.ram.data(), ram_bytes);
}

/// Runs a whole program on a machine that has just been reset. False if the backend refuses the program.
bool run_backend(const testing::BackendUnderTest& backend, VirtualMachine& machine, const Input& input) {
  if (!backend.prepare(&machine.machine())) return false;
  machine.run_program([&](Machine* running) { run_vector(*backend.backend, running); }, input.given);
  backend.release(&machine.machine());
  return true;
}

/// Repeats an input that went wrong one backend at a time, says which is to blame, and ends the process.
[[noreturn]] void report(const testing::BackendUnderTest& backend, const Input& input, const StateView& found,
                         const StateView& expected) {
  fmt::print(stderr, "{}: {}\n", backend.name, first_difference(found, expected).value_or("differs"));
  const auto machine = std::make_unique<RestoredMachine>();
  machine->reset(input);
  if (run_backend(backend, machine->virtual_machine(), input) &&
      !first_difference(machine->state(), expected))
    fmt::print(stderr, "On a machine of its own it is right: it depends on what ran before it\n");
  std::abort();
}

/// Checks every backend with one input, unless the reference doesn't come to its end.
void check(const Input& input) {
  static RestoredMachine reference;
  static RestoredMachine machine;

  reference.reset(input);
  unsigned instructions_left = max_instructions;
  bool ended = true;
  reference.virtual_machine().run_program(
      [&](Machine* running) { ended = ended && run_on_reference(running, instructions_left); }, input.given);
  reference.note_memory();
  if (!ended) return;

  for (const testing::BackendUnderTest& backend : testing::backends_under_test()) {
    machine.reset(input);
    if (!run_backend(backend, machine.virtual_machine(), input)) {
      machine.note_memory();
      continue;
    }
    if (!machine.fences_stand()) {
      fmt::print(stderr, "{}: wrote outside the machine's regions\n", backend.name);
      std::abort();
    }
    if (!agree(machine.state(), reference.state()))
      report(backend, input, machine.state(), reference.state());
    machine.note_memory_of(reference);
  }
}

} // namespace
} // namespace dispatchbench

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dispatchbench;
  constexpr std::size_t end_bytes = 4;
  if (size <= 1 + end_bytes) return 0;
  const std::span<const std::uint8_t> bytes(data + 1, size - 1);
  const auto end = bytes.first(end_bytes);
  const auto rest = bytes.subspan(end_bytes);
  const std::size_t console_bytes = std::min<std::size_t>(data[0], rest.size() - 1);
  const auto console = rest.last(console_bytes);
  const auto rom = rest.first(std::min(rest.size() - console_bytes, rom_bytes_max - end_bytes));
  constexpr int frames = 2; // More only repeat.
  check({rom, end, {{console.begin(), console.end()}, {}, frames}});
  return 0;
}
