// The worked examples in the comments of semantics.h are tests: each is assembled, run on the reference and
// compared.
#include "isa/opcode.h"
#include "machine/reference.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace dispatchbench {
namespace {

/// The byte of a mnemonic, or -1.
int opcode_byte(const std::string& mnemonic) {
  for (std::size_t i = 0; i < opcode_table.size(); ++i)
    if (opcode_table[i].mnemonic == mnemonic) return static_cast<int>(i);
  return -1;
}

void append_hex(std::vector<std::uint8_t>& bytes, const std::string& digits) {
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(digits.substr(i, 2), nullptr, 16)));
}

/// Assembles "#12 #3456 ADD2 0002": literals, mnemonics and raw hex digits.
std::vector<std::uint8_t> assemble(const std::string& source) {
  std::vector<std::uint8_t> rom;
  std::istringstream words(source);
  for (std::string word; words >> word;) {
    const int opcode = opcode_byte(word);
    if (word.front() == '#') {
      rom.push_back(static_cast<std::uint8_t>(word.size() == 3 ? Opcode::LIT : Opcode::LIT2));
      append_hex(rom, word.substr(1));
    } else if (opcode >= 0) {
      rom.push_back(static_cast<std::uint8_t>(opcode));
    } else {
      append_hex(rom, word);
    }
  }
  return rom;
}

std::string stack_text(const std::uint8_t* stack, std::uint8_t pointer) {
  std::string text;
  for (int i = 0; i < pointer; ++i) text += fmt::format("{}{:02x}", i == 0 ? "" : " ", stack[i]);
  return text;
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

TEST(Semantics, every_worked_example_comes_out_as_written) {
  std::ifstream file(DISPATCHBENCH_SEMANTICS_FILE);
  ASSERT_TRUE(file) << DISPATCHBENCH_SEMANTICS_FILE;
  const std::regex example("^//   (.*) -> ([^|]*)(\\|(.*))?$");
  std::set<std::string> rows;
  int line_number = 0;
  for (std::string line; std::getline(file, line);) {
    ++line_number;
    std::smatch match;
    if (!std::regex_match(line, match, example)) continue;
    const std::vector<std::uint8_t> rom = assemble(match[1]);
    VirtualMachine machine;
    run_on_reference(machine, line, rom, {}, 1000);
    const Machine& state = machine.machine();
    EXPECT_EQ(stack_text(state.working_stack, state.wst), trimmed(match[2]))
        << "semantics.h:" << line_number << ": " << line;
    EXPECT_EQ(stack_text(state.return_stack, state.rst), trimmed(match[4]))
        << "semantics.h:" << line_number << ": " << line;
    std::istringstream words(match[1]);
    for (std::string word; words >> word;)
      if (const int opcode = opcode_byte(word); opcode >= 0)
        rows.insert(std::string(opcode_table[static_cast<std::size_t>(opcode) & 0x1f].mnemonic));
  }
  // Bits 0-4 name 31 base opcodes and, as 0, the immediates.
  EXPECT_EQ(rows.size(), 32U) << "a row of semantics.h has no example";
}

} // namespace
} // namespace dispatchbench
