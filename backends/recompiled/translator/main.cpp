// recompile NAME ROM FILE.cpp: translates a ROM to C++ for the backend `recompiled`.
#include "abi.h"
#include "translate.h"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <vector>

int main(int argument_count, char** arguments) {
  using namespace dispatchbench;
  if (argument_count != 4) {
    std::fputs("usage: recompile NAME ROM FILE.cpp\n"
               "Writes the program's translation to FILE.cpp, for the backend recompiled.\n",
               stderr);
    return 2;
  }
  std::ifstream input(arguments[2], std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(input), std::istreambuf_iterator<char>()};
  if (!input || bytes.empty() || bytes.size() > rom_bytes_max) {
    std::fprintf(stderr, "recompile: %s is not a ROM: it must be a file of 1 to %zu bytes\n", arguments[2],
                 rom_bytes_max);
    return 1;
  }
  const std::vector<std::uint8_t> rom(bytes.begin(), bytes.end());
  std::ofstream output(arguments[3]);
  output << translator::translate(arguments[1], rom);
  if (!output.flush()) {
    std::fprintf(stderr, "recompile: can't write %s\n", arguments[3]);
    return 1;
  }
  return 0;
}
