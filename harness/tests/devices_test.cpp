// The harness's devices, port by port, through the machine's own calls.
#include "machine/virtual_machine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <tuple>
#include <vector>

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

TEST_F(DevicesTest, state_stops_with_the_low_seven_bits_and_zero_takes_the_stop_back) {
  write(0x0f, 0);
  EXPECT_FALSE(devices().stopped);
  write(0x0f, 0x83);
  EXPECT_TRUE(devices().stopped);
  EXPECT_EQ(devices().exit_code, 3);
  write(0x0f, 0);
  EXPECT_FALSE(devices().stopped);
  EXPECT_EQ(devices().exit_code, 0);
  write(0x0f, 0x80);
  EXPECT_TRUE(devices().stopped);
  EXPECT_EQ(devices().exit_code, 0);
}

TEST_F(DevicesTest, screen_vector_is_latched_when_its_low_byte_is_written) {
  write(0x20, 0x12);
  EXPECT_EQ(devices().screen_vector, 0);
  write(0x21, 0x34);
  EXPECT_EQ(devices().screen_vector, 0x1234);
  write(0x20, 0x56);
  EXPECT_EQ(devices().screen_vector, 0x1234);
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
  write(0x20, 1);
  write(0x21, 1);
  machine().ram[0x4000] = 1;
  const std::uint8_t rom = 0x80;
  virtual_machine_.reset({&rom, 1});
  VirtualMachine fresh;
  fresh.reset({&rom, 1});
  EXPECT_EQ(first_difference(virtual_machine_.state(), fresh.state()), std::nullopt);
  EXPECT_FALSE(devices().stopped);
  EXPECT_EQ(devices().console_vector, 0);
  EXPECT_EQ(devices().screen_vector, 0);
}

/// How programs get their vectors: `run` stands for a backend and does what each test sets.
class VectorsTest : public DevicesTest {
protected:
  /// Where a vector started, and what the console's ports said.
  using Delivered = std::tuple<unsigned, char, unsigned>;

  std::vector<Delivered> run_program(const ProgramInput& input,
                                     const std::function<void(std::size_t vector)>& run) {
    std::vector<Delivered> found;
    counts_ = virtual_machine_.run_program(
        [&](Machine* running) {
          found.emplace_back(running->pc, static_cast<char>(running->device_page[0x12]),
                             running->device_page[0x17]);
          run(found.size() - 1);
        },
        input);
    return found;
  }
  void set_vector(std::uint8_t number, std::uint16_t address) {
    write(number, static_cast<std::uint8_t>(address >> 8));
    write(number + 1, static_cast<std::uint8_t>(address));
  }

  DeliveredVectors counts_;
};

TEST_F(VectorsTest, arguments_come_before_the_input_and_the_frames_after_it) {
  const auto found = run_program({"in", {"ab", "", "c"}, 2}, [&](std::size_t vector) {
    if (vector != 0) return;
    set_vector(0x10, 0x200);
    set_vector(0x20, 0x300);
  });
  const std::vector<Delivered> expected{{0x100, 0, 1},    {0x200, 'a', 2}, {0x200, 'b', 2},  {0x200, '\n', 3},
                                        {0x200, '\n', 3}, {0x200, 'c', 2}, {0x200, '\n', 4}, {0x200, 'i', 1},
                                        {0x200, 'n', 1},  {0x200, 0, 4},   {0x300, 0, 4},    {0x300, 0, 4}};
  EXPECT_EQ(found, expected);
  EXPECT_EQ(counts_.console, 9u);
  EXPECT_EQ(counts_.screen, 2u);
}

TEST_F(VectorsTest, the_screen_gets_60_frames_and_an_event_for_a_vector_of_0_leaves_the_page_alone) {
  const auto found = run_program({"in", {}, default_frames}, [&](std::size_t vector) {
    if (vector == 0) set_vector(0x20, 0x300);
  });
  EXPECT_EQ(found.size(), 61u);
  EXPECT_EQ(found.back(), Delivered(0x300, 0, 0));
}

TEST_F(VectorsTest, no_vector_comes_while_the_state_is_not_0) {
  const auto stops_at = [&](std::size_t last) {
    virtual_machine_.reset({});
    return run_program({"in", {"a"}, 3},
                       [&](std::size_t vector) {
                         if (vector == 0) set_vector(0x10, 0x200);
                         if (vector == 0) set_vector(0x20, 0x300);
                         if (vector == last) write(0x0f, 0x80);
                       })
        .size();
  };
  EXPECT_EQ(stops_at(0), 1u);
  EXPECT_EQ(stops_at(1), 2u);
  EXPECT_EQ(stops_at(6), 7u);
  EXPECT_EQ(stops_at(7), 8u);
}

TEST_F(VectorsTest, a_stop_that_is_taken_back_before_BRK_stops_nothing) {
  const auto found = run_program({}, [&](std::size_t vector) {
    if (vector == 0) set_vector(0x10, 0x200);
    write(0x0f, 0x85);
    if (vector == 0) write(0x0f, 0);
  });
  EXPECT_EQ(found.size(), 2u);
  EXPECT_EQ(devices().exit_code, 5);
}

TEST_F(VectorsTest, a_vector_set_to_0_gets_nothing_more) {
  const auto found = run_program({"abc", {}, 9}, [&](std::size_t vector) {
    if (vector == 0) set_vector(0x10, 0x200);
    if (vector == 2) set_vector(0x10, 0);
    if (vector == 2) set_vector(0x20, 0x300);
    if (vector == 4) set_vector(0x20, 0);
  });
  const std::vector<Delivered> expected{
      {0x100, 0, 0}, {0x200, 'a', 1}, {0x200, 'b', 1}, {0x300, 'b', 1}, {0x300, 'b', 1}};
  EXPECT_EQ(found, expected);
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
