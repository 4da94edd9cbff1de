// What only backends that generate code while a program runs can get wrong: memory that the system refuses,
// code that is rewritten all the time, and machines that must not share what was generated.

#include "backends_under_test.h"

#include "machine/machine_state.h"
#include "machine/reference.h"
#include "machine/virtual_machine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <memory>
#include <string_view>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

namespace dispatchbench::testing {
namespace {

using Rom = std::vector<std::uint8_t>;

std::vector<BackendUnderTest> generating_backends() {
  std::vector<BackendUnderTest> generating;
  std::copy_if(backends_under_test().begin(), backends_under_test().end(), std::back_inserter(generating),
               [](const auto& backend) { return std::string_view(backend.backend->dispatch) == "compiled"; });
  return generating;
}

/// Copies each byte of its own loop onto itself, `rounds` times.
Rom rewriting_program(std::uint16_t rounds) {
  const auto high = static_cast<std::uint8_t>(rounds >> 8);
  const auto low = static_cast<std::uint8_t>(rounds);
  return {
      0xa0, high, low,        // 0100 LIT2 rounds
      0xa0, 0x01, 0x03,       // 0103 LIT2 0103: the byte to copy
      0x94, 0x0f, 0x26, 0x4f, // 0106 LDAk STH DUP2 STHr
      0x05, 0x05, 0x15, 0x21, // 010a ROT ROT STA INC2
      0x26, 0xa0, 0x01, 0x24, // 010e DUP2 LIT2 0124
      0x29, 0xa0, 0x01, 0x06, // 0112 NEQ2 LIT2 0106
      0x2d, 0x22, 0xa0, 0x00, // 0116 JCN2 POP2 LIT2 0001
      0x01, 0x39, 0x26, 0xa0, // 011a SUB2 DUP2 LIT2
      0x00, 0x00, 0x29, 0xa0, // 011e 0000 NEQ2 LIT2
      0x01, 0x03, 0x2d, 0x00, // 0122 0103 JCN2 BRK
  };
}

/// Counts down from `rounds` and adds up what a byte in its code grows to.
Rom counting_program(std::uint8_t rounds) {
  return {
      0x80, rounds,                   // 0100 LIT rounds
      0x80, 0x01,   0x80, 0x01, 0x18, // 0102 LIT 01 LIT 01 ADD: the byte at 0103 grows
      0xa0, 0x01,   0x03, 0x15,       // 0107 LIT2 0103 STA
      0x80, 0x01,   0x19, 0x06,       // 010b LIT 01 SUB DUP
      0xa0, 0x01,   0x02, 0x2d,       // 010f LIT2 0102 JCN2
      0xa0, 0x01,   0x03, 0x14,       // 0113 LIT2 0103 LDA
      0x00,                           // 0117 BRK
  };
}

void expect_like_reference(const VirtualMachine& found, const Rom& rom) {
  VirtualMachine expected;
  run_on_reference(expected, "a program that rewrites itself", rom, {},
                   std::numeric_limits<std::uint64_t>::max());
  const auto difference = first_difference(found.state(), expected.state());
  EXPECT_FALSE(difference.has_value()) << *difference;
}

/// Prepares two machines when the system grants nothing more of a resource, in a child. The second can't get
/// what another machine gave back.
[[noreturn]] void prepare_without(int resource, const Backend& backend, VirtualMachine& first,
                                  VirtualMachine& second) {
  const rlimit nothing{0, 0};
  if (setrlimit(static_cast<__rlimit_resource>(resource), &nothing) != 0) std::_Exit(2);
  const char* reason = backend.prepare(&first.machine());
  if (reason == nullptr) reason = backend.prepare(&second.machine());
  if (reason == nullptr) std::_Exit(3);
  std::fprintf(stderr, "%s\n", reason);
  std::_Exit(0);
}

class GeneratedCode : public ::testing::TestWithParam<BackendUnderTest> {
protected:
  static void load(VirtualMachine& machine, const Rom& rom) {
    machine.reset(rom);
    machine.machine().pc = rom_address;
  }

  static void expect_refusal(const Backend& backend, int resource, const char* words) {
    VirtualMachine first;
    VirtualMachine second;
    load(first, counting_program(1));
    load(second, counting_program(1));
    EXPECT_EXIT(prepare_without(resource, backend, first, second), ::testing::ExitedWithCode(0), words);
  }
};

TEST_P(GeneratedCode, IsRightWhereAProgramRewritesEachByteThatItExecutes) {
  CrashReport report;
  for (const std::uint16_t rounds : {1, 2, 5, 300}) {
    const Rom rom = rewriting_program(rounds);
    VirtualMachine machine;
    load(machine, rom);
    ASSERT_TRUE(GetParam().run(&machine.machine()));
    expect_like_reference(machine, rom);
  }
}

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  file >> all >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

#if defined(DISPATCHBENCH_SANITIZED)
constexpr std::size_t most_growth = 64U << 20; // AddressSanitizer keeps what was freed for a while.
#else
constexpr std::size_t most_growth = 4U << 20;
#endif

TEST_P(GeneratedCode, MemoryDoesNotGrowWithAMillionStoresIntoCode) {
  CrashReport report;
  // Each prepared program is stored into 33 * 30,000 times.
  const Rom rom = rewriting_program(30'000);
  VirtualMachine machine;
  load(machine, rom);
  ASSERT_TRUE(GetParam().run(&machine.machine()));
  const std::size_t before = resident_bytes();
  load(machine, rom);
  ASSERT_TRUE(GetParam().run(&machine.machine()));
  EXPECT_LE(resident_bytes(), before + most_growth);
}

TEST_P(GeneratedCode, MachinesAliveAtOnceShareNothing) {
  CrashReport report;
  std::vector<std::unique_ptr<VirtualMachine>> machines;
  for (std::uint8_t rounds = 1; rounds <= 6; ++rounds) {
    machines.push_back(std::make_unique<VirtualMachine>());
    load(*machines.back(), counting_program(rounds));
    ASSERT_TRUE(GetParam().prepare(&machines.back()->machine()));
  }
  for (const auto& machine : machines) GetParam().backend->run(&machine->machine());
  for (const auto& machine : machines) GetParam().release(&machine->machine());
  for (std::uint8_t rounds = 1; rounds <= 6; ++rounds)
    expect_like_reference(*machines[rounds - 1U], counting_program(rounds));
}

#if !defined(DISPATCHBENCH_EMULATED) // qemu doesn't limit a program's memory.
TEST_P(GeneratedCode, RefusedMemoryIsARefusalInWords) {
  expect_refusal(*GetParam().backend, RLIMIT_AS, "needs .*: .* failed; free memory or raise the limit");
}
#endif

TEST_P(GeneratedCode, ARefusedFileIsARefusalInWords) {
  expect_refusal(*GetParam().backend, RLIMIT_NOFILE, "needs .*: .* failed; raise the limit of open files");
}

INSTANTIATE_TEST_SUITE_P(Backend, GeneratedCode, ::testing::ValuesIn(generating_backends()),
                         [](const auto& parameter) { return parameter.param.name; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(GeneratedCode);

} // namespace
} // namespace dispatchbench::testing
