// Checks the reference interpreter and every backend against the conformance vectors, which come from a
// Python model of the instruction set.

#include "backends_under_test.h"
#include "describe_start.h"
#include "guarded_machine.h"
#include "isa/opcode.h"
#include "machine/reference.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <stdexcept>
#include <string>

namespace dispatchbench::testing {
namespace {

using nlohmann::json;

// The generator leaves out programs that need more.
constexpr std::uint64_t max_instructions = 2'000;

// With fewer vectors, something is wrong with the generator.
constexpr std::size_t fewest_vectors = 25'000;

// How many differences are printed: a broken opcode makes hundreds.
constexpr int most_reported = 10;

struct Vector {
  std::string name;
  std::uint64_t line = 0;
  MachineState start;
  MachineState end;
};

std::uint8_t background_byte(const std::string& name, unsigned address) {
  if (name == "brk") return 0x00;
  if (name == "sled") return (address & 0xff) != 0 ? 0x01 : 0x00;
  if (name == "noise") return static_cast<std::uint8_t>(address * 167 + (address >> 8) * 89 + 13);
  throw std::runtime_error(fmt::format("unknown background \"{}\"", name));
}

const std::array<std::uint8_t, ram_bytes>& background(const std::string& name) {
  static std::map<std::string, std::array<std::uint8_t, ram_bytes>> made;
  const auto [entry, is_new] = made.try_emplace(name);
  if (is_new)
    for (unsigned address = 0; address < ram_bytes; ++address)
      entry->second[address] = background_byte(name, address);
  return entry->second;
}

int digit(char character) {
  if (character >= '0' && character <= '9') return character - '0';
  if (character >= 'a' && character <= 'f') return character - 'a' + 10;
  throw std::runtime_error(fmt::format("'{}' is no hexadecimal digit", character));
}

/// Writes hexadecimal bytes at `address`. Throws if they don't fit.
void put_hex(std::span<std::uint8_t> region, std::size_t address, const std::string& hex) {
  if (hex.size() % 2 != 0 || address + hex.size() / 2 > region.size())
    throw std::runtime_error(fmt::format("\"{}\" does not fit at {:04x}", hex, address));
  for (std::size_t i = 0; i < hex.size(); i += 2)
    region[address++] = static_cast<std::uint8_t>(digit(hex[i]) << 4 | digit(hex[i + 1]));
}

void put_changes(std::span<std::uint8_t> region, const json& changes) {
  for (const json& change : changes)
    put_hex(region, change.at(0).get<std::size_t>(), change.at(1).get_ref<const std::string&>());
}

std::string text_from_hex(const std::string& hex) {
  std::string text(hex.size() / 2, '\0');
  put_hex(std::span(reinterpret_cast<std::uint8_t*>(text.data()), text.size()), 0, hex);
  return text;
}

void read_vector(const std::string& line, Vector& vector) {
  const json object = json::parse(line);
  object.at("name").get_to(vector.name);

  MachineState& start = vector.start;
  const json& from = object.at("start");
  start.ram = background(object.at("background"));
  put_changes(start.ram, from.at("ram"));
  put_hex(start.working_stack, 0, from.at("working_stack"));
  put_hex(start.return_stack, 0, from.at("return_stack"));
  put_hex(start.device_page, 0, from.at("device_page"));
  from.at("pc").get_to(start.pc);
  from.at("wst").get_to(start.wst);
  from.at("rst").get_to(start.rst);
  start.devices.reset();

  MachineState& end = vector.end;
  const json& to = object.at("end");
  end = start;
  put_changes(end.ram, to.at("ram"));
  put_changes(end.working_stack, to.at("working_stack"));
  put_changes(end.return_stack, to.at("return_stack"));
  put_changes(end.device_page, to.at("device_page"));
  to.at("pc").get_to(end.pc);
  to.at("wst").get_to(end.wst);
  to.at("rst").get_to(end.rst);
  end.devices.output = text_from_hex(to.at("console_output"));
  end.devices.error = text_from_hex(to.at("console_error"));
  to.at("console_vector").get_to(end.devices.console_vector);
  to.at("screen_vector").get_to(end.devices.screen_vector);
  to.at("stop").get_to(end.devices.stopped);
  to.at("exit_code").get_to(end.devices.exit_code);
}

/// Calls `check` with every vector of the file and returns how many there are.
std::size_t for_each_vector(const std::function<void(const Vector&)>& check) {
  std::ifstream file(DISPATCHBENCH_VECTORS);
  if (!file)
    throw std::runtime_error("no vectors in " DISPATCHBENCH_VECTORS
                             "; building the target conformance_vectors makes them");
  const auto vector = std::make_unique<Vector>();
  std::size_t count = 0;
  for (std::string line; std::getline(file, line);) {
    vector->line = ++count;
    read_vector(line, *vector);
    check(*vector);
  }
  return count;
}

/// Runs every vector with `run` in both kinds of guarded machine and reports differences.
void check_vectors(const std::string& name, const std::function<bool(Machine*)>& run) {
  GuardedMachines machines = guarded_machines();
  const CrashReport crash_report;
  int different = 0;
  const std::size_t count = for_each_vector([&](const Vector& vector) {
    for (GuardedMachine& machine : machines) {
      vector.start.write_to(machine.machine(), machine.devices());
      CrashReport::describe(name.c_str(), vector.line, 0);
      if (!run(&machine.machine())) continue; // Refused.
      const auto difference = first_difference({machine.machine(), machine.devices()}, vector.end);
      if (difference && ++different <= most_reported)
        ADD_FAILURE() << name << ", line " << vector.line << " of " << DISPATCHBENCH_VECTORS << ", \""
                      << vector.name << "\": " << *difference << "\n  started at "
                      << describe_start(vector.start);
    }
  });
  fmt::print("{} vectors, each in two machines, {} runs differ\n", count, different);
  EXPECT_EQ(different, 0);
  EXPECT_GE(count, fewest_vectors);
}

TEST(Vectors, TheReferenceInterpreterEndsAsExpected) {
  InstructionProfile profile;
  check_vectors("the reference interpreter", [&](Machine* machine) {
    profile.total = 0;
    EXPECT_TRUE(run_vector_on_reference(machine, profile, max_instructions));
    return true;
  });
}

TEST(Vectors, StartWithEveryOpcode) {
  std::set<std::uint8_t> opcodes;
  for_each_vector([&](const Vector& vector) { opcodes.insert(vector.start.ram[vector.start.pc]); });
  EXPECT_EQ(opcodes.size(), 256u);
}

class BackendVectors : public ::testing::TestWithParam<BackendUnderTest> {};

TEST_P(BackendVectors, EndAsExpected) {
  check_vectors(GetParam().name, [](Machine* machine) { return GetParam().run(machine); });
}

DISPATCHBENCH_TEST_EVERY_BACKEND(BackendVectors);

} // namespace
} // namespace dispatchbench::testing
