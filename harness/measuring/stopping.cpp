#include "measuring/stopping.h"

#include <algorithm>

namespace dispatchbench {

std::vector<int> growing_analyses(int first, int last) {
  std::vector<int> analyses;
  for (int rounds = first; rounds < last; rounds = std::max(rounds + 2, rounds * 6 / 5))
    analyses.push_back(rounds);
  analyses.push_back(last);
  return analyses;
}

} // namespace dispatchbench
