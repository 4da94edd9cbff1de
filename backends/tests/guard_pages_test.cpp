// Checks what the differential tests rely on: in a guarded machine, an access outside a region ends the
// process.

#include "machine/guarded_machine.h"

#include <gtest/gtest.h>

namespace dispatchbench::testing {
namespace {

/// A read that the compiler can't omit.
void read(const std::uint8_t* address) { [[maybe_unused]] const volatile std::uint8_t value = *address; }
void write(std::uint8_t* address) { *static_cast<volatile std::uint8_t*>(address) = 1; }

/// A faulty backend: pushes without wrapping.
void push_without_wrapping(Machine* machine) noexcept { write(machine->working_stack + machine->wst + 1); }

/// A faulty backend: pops without wrapping.
void pop_without_wrapping(Machine* machine) noexcept { read(machine->return_stack + (machine->rst - 1)); }

/// A faulty backend: loads a short at 0xffff without wrapping.
void load_without_wrapping(Machine* machine) noexcept { read(machine->ram + machine->pc + 1); }

/// A faulty backend: reads the machine as if it were larger.
void read_behind_the_machine(Machine* machine) noexcept {
  read(reinterpret_cast<const std::uint8_t*>(machine + 1));
}

using GuardPagesDeathTest = ::testing::Test;

TEST(GuardPagesDeathTest, APushBehindAStackDies) {
  GuardedMachine guarded(Guard::behind);
  guarded.machine().wst = 0xfe;
  push_without_wrapping(&guarded.machine());
  guarded.machine().wst = 0xff;
  EXPECT_DEATH(push_without_wrapping(&guarded.machine()), "");
}

TEST(GuardPagesDeathTest, APopInFrontOfAStackDies) {
  GuardedMachine guarded(Guard::in_front);
  guarded.machine().rst = 0x01;
  pop_without_wrapping(&guarded.machine());
  guarded.machine().rst = 0x00;
  EXPECT_DEATH(pop_without_wrapping(&guarded.machine()), "");
}

TEST(GuardPagesDeathTest, ALoadBehindMemoryDiesInBothMachines) {
  for (const Guard guard : {Guard::behind, Guard::in_front}) {
    GuardedMachine guarded(guard);
    guarded.machine().pc = 0xfffe;
    load_without_wrapping(&guarded.machine());
    guarded.machine().pc = 0xffff;
    EXPECT_DEATH(load_without_wrapping(&guarded.machine()), "");
  }
}

TEST(GuardPagesDeathTest, AnAccessNextToTheDevicePageDies) {
  GuardedMachine behind(Guard::behind);
  EXPECT_DEATH(write(behind.machine().device_page + device_page_bytes), "");
  GuardedMachine in_front(Guard::in_front);
  EXPECT_DEATH(write(in_front.machine().device_page - 1), "");
}

TEST(GuardPagesDeathTest, AReadBehindTheMachineDies) {
  GuardedMachine guarded(Guard::behind);
  EXPECT_DEATH(read_behind_the_machine(&guarded.machine()), "");
}

TEST(GuardedMachine, HasTheAlignmentThatMachinesPromise) {
  for (const Guard guard : {Guard::behind, Guard::in_front}) {
    GuardedMachine guarded(guard);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(guarded.machine().ram) % 4096, 0u);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(guarded.machine().working_stack) % 256, 0u);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(guarded.machine().return_stack) % 256, 0u);
  }
}

} // namespace
} // namespace dispatchbench::testing
