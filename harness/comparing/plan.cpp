#include "comparing/plan.h"

#include "system/errors.h"

#include <fmt/format.h>

#include <algorithm>

namespace dispatchbench {
namespace {

constexpr int fewest_pairs = 20;
constexpr int fewest_rounds = 10;
// Of two rows on an AMD EPYC the smallest visible slow-down was, on average, 2.2, 1.8 and 1.6 % with 16, 26
// and 52 rounds: pairs differ more than rounds do.
constexpr int usual_rounds = 26;

int usual_pairs(Effort effort) {
  switch (effort) {
  case Effort::fast: return fewest_pairs;
  case Effort::usual: return 40;
  case Effort::rigorous: return 120;
  }
  return fewest_pairs;
}

double factor(Effort effort) {
  switch (effort) {
  case Effort::fast: return 0.5;
  case Effort::usual: return 1;
  case Effort::rigorous: return 3;
  }
  return 1;
}

} // namespace

double seconds_of_a_pair(const ComparisonPlan& plan) {
  constexpr double start = 0.008; // Two processes, each loading a library.
  // Nanoseconds of forgetting branches, resetting the machine twice, asking and answering.
  constexpr double around_a_sample = 350e3;
  double seconds = start;
  for (const double nanoseconds : plan.run_nanoseconds)
    seconds += 2 * plan.rounds * (2 * nanoseconds + around_a_sample) / 1e9;
  return seconds;
}

double ComparisonPlan::seconds_for_replacing() const {
  return 30 + (analyses.empty() ? 0 : seconds_of_a_pair(*this) * analyses.back() * pairs_per_unit);
}

void keep_to_budget(ComparisonPlan& plan, int pairs, int rounds, Effort effort, std::size_t layouts) {
  const double budget =
      factor(effort) * std::min(300.0, 10.0 * static_cast<double>(plan.run_nanoseconds.size()));
  const auto affordable = [&] { return budget / seconds_of_a_pair(plan); };
  const bool pairs_are_free = pairs == 0;
  if (pairs_are_free) pairs = usual_pairs(effort);
  // Pairs beyond 20 go first, then rounds beyond 10.
  plan.rounds = rounds != 0 ? rounds : usual_rounds;
  if (rounds == 0)
    while (plan.rounds > fewest_rounds && affordable() < fewest_pairs) --plan.rounds;
  if (pairs_are_free) pairs = std::max(fewest_pairs, std::min(pairs, static_cast<int>(affordable())));
  plan.analyses = pairs >= 2 * fewest_pairs ? std::vector{pairs / 2, pairs} : std::vector{pairs};
  // One row at a time and at 95 %, the second run needs fewer.
  plan.confirm_analyses =
      pairs >= fewest_pairs ? std::vector{std::max(12, pairs * 3 / 10), pairs} : std::vector{pairs};
  if (layouts > 1) {
    // No more units than layouts: one that is drawn twice says nothing new of layouts.
    const int units = std::min(pairs, static_cast<int>(layouts));
    plan.pairs_per_unit = std::max(1, pairs / units);
    plan.analyses = {units};
    plan.confirm_analyses = {units};
  }
}

void check_resolvable(const ComparisonPlan& plan, std::size_t rows, const char* what) {
  const int fewest = fewest_values(plan.first_rule(rows).error_of_an_analysis());
  if (plan.analyses.front() < fewest)
    throw UsageError(
        fmt::format("{} {} can't give a {:g} % interval for each of {} rows; it takes {} or more, "
                    "or fewer rows",
                    plan.analyses.front(), what, 100 * (1 - plan.error), rows, fewest));
}

} // namespace dispatchbench
