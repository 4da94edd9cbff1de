// The harness's devices, port by port, through the machine's own calls.
#include "machine/virtual_machine.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace dispatchbench {
namespace {

class DevicesTest : public testing::Test {
protected:
  DevicesTest() {
    const std::uint8_t brk = 0;
    virtual_machine_.reset({&brk, 1});
  }
  void write(std::uint8_t number, std::uint8_t value) { machine().deo(&machine(), number, value); }
  std::uint8_t read(std::uint8_t number) { return machine().dei(&machine(), number); }
  Machine& machine() { return virtual_machine_.machine(); }
  const Devices& devices() { return virtual_machine_.devices(); }

  void run_expansion(const std::vector<std::uint8_t>& record) {
    std::copy(record.begin(), record.end(), machine().ram + 0x3000);
    write(0x02, 0x30);
    write(0x03, 0x00);
  }

  VirtualMachine virtual_machine_;
};

TEST_F(DevicesTest, ports_04_and_05_read_and_set_the_stack_pointers) {
  machine().wst = 0x12;
  machine().rst = 0x34;
  EXPECT_EQ(read(0x04), 0x12);
  EXPECT_EQ(read(0x05), 0x34);
  EXPECT_EQ(machine().device_page[0x04], 0) << "reading leaves the device page as it is";
  write(0x04, 0x56);
  write(0x05, 0x78);
  EXPECT_EQ(machine().wst, 0x56);
  EXPECT_EQ(machine().rst, 0x78);
  EXPECT_EQ(machine().device_page[0x04], 0x56);
}

TEST_F(DevicesTest, state_stops_with_the_low_seven_bits_and_zero_does_nothing) {
  write(0x0f, 0);
  EXPECT_FALSE(devices().stopped);
  write(0x0f, 0x83);
  EXPECT_TRUE(devices().stopped);
  EXPECT_EQ(devices().exit_code, 3);
}

TEST_F(DevicesTest, console_vector_is_latched_when_its_low_byte_is_written) {
  write(0x10, 0x12);
  EXPECT_EQ(devices().console_vector, 0);
  write(0x11, 0x34);
  EXPECT_EQ(devices().console_vector, 0x1234);
}

TEST_F(DevicesTest, console_bytes_are_captured_apart) {
  write(0x18, 'o');
  write(0x19, 'e');
  EXPECT_EQ(devices().output, "o");
  EXPECT_EQ(devices().error, "e");
}

TEST_F(DevicesTest, expansion_fills_and_wraps_at_the_end_of_memory) {
  run_expansion({0, 0, 3, 0, 0, 0xff, 0xfe, 0xaa});
  EXPECT_EQ(machine().ram[0xfffe], 0xaa);
  EXPECT_EQ(machine().ram[0xffff], 0xaa);
  EXPECT_EQ(machine().ram[0x0000], 0xaa);
  EXPECT_EQ(machine().ram[0x0001], 0);
}

TEST_F(DevicesTest, expansion_copies_overlapping_ranges_in_the_asked_direction) {
  std::copy_n("abcd", 4, machine().ram + 0x2000);
  run_expansion({1, 0, 3, 0, 0, 0x20, 0x00, 0, 0, 0x20, 0x01});
  EXPECT_EQ(std::string(machine().ram + 0x2000, machine().ram + 0x2004), "aaaa")
      << "ascending repeats the first byte";
  std::copy_n("abcd", 4, machine().ram + 0x2000);
  run_expansion({2, 0, 3, 0, 0, 0x20, 0x00, 0, 0, 0x20, 0x01});
  EXPECT_EQ(std::string(machine().ram + 0x2000, machine().ram + 0x2004), "aabc")
      << "descending moves the range";
}

TEST_F(DevicesTest, expansion_ignores_other_operations_and_banks) {
  run_expansion({3, 0, 1, 0, 0, 0x20, 0x00, 0xaa});
  run_expansion({0, 0, 1, 0, 1, 0x20, 0x00, 0xaa});
  run_expansion({1, 0, 1, 0, 0, 0x30, 0x00, 0, 1, 0x20, 0x00});
  run_expansion({0, 0, 0, 0, 0, 0x20, 0x00, 0xaa});
  EXPECT_EQ(machine().ram[0x2000], 0);
}

TEST_F(DevicesTest, reset_puts_everything_back) {
  write(0x18, 'o');
  write(0x0f, 1);
  write(0x10, 1);
  write(0x11, 1);
  machine().ram[0x4000] = 1;
  const std::uint8_t rom = 0x80;
  virtual_machine_.reset({&rom, 1});
  VirtualMachine fresh;
  fresh.reset({&rom, 1});
  EXPECT_EQ(first_difference(virtual_machine_.state(), fresh.state()), std::nullopt);
  EXPECT_FALSE(devices().stopped);
  EXPECT_EQ(devices().console_vector, 0);
}

TEST_F(DevicesTest, first_difference_names_region_and_address) {
  VirtualMachine other;
  const std::uint8_t brk = 0;
  other.reset({&brk, 1});
  machine().return_stack[0xff] = 7;
  EXPECT_EQ(first_difference(virtual_machine_.state(), other.state()),
            "return stack at 00ff: found 07, expected 00");
}

} // namespace
} // namespace dispatchbench
