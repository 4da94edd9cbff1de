// Runs translations of random programs from many start states and compares the whole machine with the
// interpreter of wrapping opcodes, which the conformance vectors bind.
#include "abi.h"
#include "isa/opcode.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>

namespace dispatchbench {

void execute_wrapping(Machine* machine) noexcept;

} // namespace dispatchbench

extern "C" {
void dispatchbench_run_recompiled_samples(dispatchbench::Machine* machine) noexcept;
const char* dispatchbench_prepare_recompiled_samples(dispatchbench::Machine* machine) noexcept;
void dispatchbench_release_recompiled_samples(dispatchbench::Machine* machine) noexcept;
}

namespace {

using namespace dispatchbench;

constexpr int longest_run = 3'000;
constexpr int starts = 400;

struct State {
  alignas(4096) std::array<std::uint8_t, ram_bytes> ram{};
  alignas(256) std::array<std::uint8_t, stack_bytes> working_stack{};
  alignas(256) std::array<std::uint8_t, stack_bytes> return_stack{};
  std::array<std::uint8_t, device_page_bytes> device_page{};
  Machine machine{};

  void connect() {
    machine = {.ram = ram.data(),
               .working_stack = working_stack.data(),
               .return_stack = return_stack.data(),
               .device_page = device_page.data(),
               .dei = read,
               .deo = write,
               .devices = nullptr,
               .pc = machine.pc,
               .wst = machine.wst,
               .rst = machine.rst,
               .ram_changes = 0,
               .program = nullptr,
               .budget = 0};
  }
  bool operator==(const State& other) const {
    return ram == other.ram && working_stack == other.working_stack && return_stack == other.return_stack &&
           device_page == other.device_page && machine.pc == other.machine.pc &&
           machine.wst == other.machine.wst && machine.rst == other.machine.rst;
  }

  static std::uint8_t read(Machine* machine, std::uint8_t port) noexcept {
    return port == 4 ? machine->wst : port == 5 ? machine->rst : machine->device_page[port];
  }
  static void write(Machine* machine, std::uint8_t port, std::uint8_t value) noexcept {
    machine->device_page[port] = value;
    if (port == 4) machine->wst = value;
    if (port == 5) machine->rst = value;
    if (port != 3) return;
    machine->ram[rom_address + value] ^= 1; // As the expansion port may, rewrites the program.
    ++machine->ram_changes;
  }
};

/// False if it doesn't end soon.
bool interpret_all(Machine* machine) {
  for (int executed = 0; executed < longest_run; ++executed) {
    if (machine->ram[machine->pc++] == static_cast<std::uint8_t>(Opcode::BRK)) return true;
    execute_wrapping(machine);
  }
  return false;
}

} // namespace

int main(int argument_count, char** arguments) {
  int compared = 0;
  const auto expected = std::make_unique<State>();
  const auto found = std::make_unique<State>();
  for (int program = 1; program < argument_count; ++program) {
    std::FILE* const file = std::fopen(arguments[program], "rb");
    if (file == nullptr) return 2;
    std::array<std::uint8_t, rom_bytes_max> rom{};
    const std::size_t rom_size = std::fread(rom.data(), 1, rom.size(), file);
    std::fclose(file);
    for (unsigned start = 0; start < starts; ++start) {
      std::mt19937 random(start);
      *expected = State{};
      for (std::size_t index = 0; index < rom_size; ++index) expected->ram[rom_address + index] = rom[index];
      for (auto* stack : {&expected->working_stack, &expected->return_stack})
        for (std::uint8_t& byte : *stack) byte = static_cast<std::uint8_t>(random());
      // Half of the stack pointers are near an end, where accesses wrap around.
      const auto pointer = [&random] {
        return static_cast<std::uint8_t>(random() % 2 == 0 ? random() : random() % 16 - 8);
      };
      expected->machine.pc =
          static_cast<std::uint16_t>(rom_address + (start % 4 == 0 ? random() % rom_size : 0));
      expected->machine.wst = pointer();
      expected->machine.rst = pointer();
      *found = *expected;
      expected->connect();
      found->connect();
      if (!interpret_all(&expected->machine)) continue;
      if (const char* const refusal = dispatchbench_prepare_recompiled_samples(&found->machine)) {
        std::printf("%s: %s\n", arguments[program], refusal);
        return 1;
      }
      dispatchbench_run_recompiled_samples(&found->machine);
      dispatchbench_release_recompiled_samples(&found->machine);
      if (!(*found == *expected)) {
        std::printf("%s differs from start %u: pc %04x, expected %04x\n", arguments[program], start,
                    found->machine.pc, expected->machine.pc);
        return 1;
      }
      ++compared;
    }
  }
  std::printf("%d runs agree\n", compared);
  return compared >= 500 ? 0 : 1; // With fewer, something is wrong with the programs.
}
