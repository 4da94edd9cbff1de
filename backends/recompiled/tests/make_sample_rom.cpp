// make_sample_rom SEED FILE: writes a random program that is hard to translate. It rewrites itself, jumps
// into its own literals, returns to computed places and moves the stack pointers; most end soon.
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <random>
#include <vector>

namespace {

std::vector<std::uint8_t> random_program(unsigned seed) {
  std::mt19937 random(seed); // The same numbers everywhere, unlike those of a distribution.
  const auto below = [&random](unsigned limit) { return static_cast<std::uint8_t>(random() % limit); };
  std::vector<std::uint8_t> program;
  const auto emit = [&program](std::initializer_list<unsigned> bytes) {
    for (const unsigned byte : bytes) program.push_back(static_cast<std::uint8_t>(byte));
  };
  for (int piece = 0; piece < 60; ++piece) {
    switch (below(12)) {
    case 0: emit({0x80, below(256)}); break;                            // LIT
    case 1: emit({0xa0, below(256), below(256)}); break;                // LIT2
    case 2: emit({0x80, below(2), 0x20, 0, below(7)}); break;           // JCI forward
    case 3: emit({0x40, 0, below(5)}); break;                           // JMI forward
    case 4: emit({0x60, 0, 3, 0x40, 0, 2, 0x18, 0x6c}); break;          // JSI over a JMI to ADD JMP2r
    case 5: emit({0x80, below(256), 0x80, below(8), 0x13}); break;      // STR close behind
    case 6: emit({0x80, below(256), 0xa0, 1, below(250), 0x15}); break; // STA into the program
    case 7: emit({0x80, below(256), 0x80, 3U + below(3), 0x17}); break; // DEO
    case 8: emit({0x80, 4U + below(2), 0x16}); break;                   // DEI
    case 9: emit({0x80, below(6), 0x0cU + below(3)}); break;            // JMP, JCN, JSR forward
    default:
      for (int i = 0; i < 4; ++i) { // Stack, arithmetic and memory in any mode.
        const std::uint8_t opcode = below(256);
        const unsigned row = opcode & 0x1fU;
        if (row != 0 && (row < 0x0c || row > 0x0e) && row != 0x16 && row != 0x17) emit({opcode});
      }
    }
  }
  emit({0, 0, 0, 0});
  return program;
}

} // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 3) return 2;
  const auto program = random_program(static_cast<unsigned>(std::strtoul(arguments[1], nullptr, 10)));
  std::ofstream file(arguments[2], std::ios::binary);
  for (const std::uint8_t byte : program) file.put(static_cast<char>(byte));
  return file.flush() ? 0 : 1;
}
