#include "comparing/verdict.h"

#include "system/errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace dispatchbench {
namespace {

std::string percent_range(const Interval& interval) {
  if (!interval.exists()) return "no interval";
  return fmt::format("[{:+.2f} {:+.2f}] %", 100 * std::expm1(interval.low), 100 * std::expm1(interval.high));
}

void update_units(RunOfRow& run) {
  std::map<int, std::vector<double>> cpu, wall;
  for (const PairRecord& pair : run.pairs) {
    cpu[pair.unit].push_back(pair.result.cpu);
    wall[pair.unit].push_back(pair.result.wall);
  }
  run.cpu_units.clear();
  run.wall_units.clear();
  for (const auto& [unit, values] : cpu) run.cpu_units.push_back(median(values));
  for (const auto& [unit, values] : wall) run.wall_units.push_back(median(values));
}

} // namespace

const char* name_of(Verdict verdict) {
  switch (verdict) {
  case Verdict::regressed: return "regressed";
  case Verdict::improved: return "improved";
  case Verdict::unchanged: return "unchanged";
  case Verdict::not_resolved: return "not resolved";
  case Verdict::not_comparable: return "not comparable";
  }
  return "";
}

void add_pair(RunOfRow& run, const PairRecord& record) {
  run.pairs.push_back(record);
  update_units(run);
}

void replace_pair(RunOfRow& run, std::size_t index, PairResult result) {
  PairRecord& pair = run.pairs.at(index);
  run.replaced.push_back(pair);
  pair.result = std::move(result);
  update_units(run);
}

std::vector<std::size_t> judge_pairs(RunOfRow& run, double quiet_level) {
  std::vector<std::size_t> disturbed;
  for (std::size_t i = 0; i < run.pairs.size(); ++i) {
    run.pairs[i].state = probe_state(run.pairs[i].result.probe, quiet_level);
    if (run.pairs[i].is_disturbed()) disturbed.push_back(i);
  }
  return disturbed;
}

Verdict judge(const RunOfRow& first, const RunOfRow* second, std::string& reason) {
  switch (first.cpu.position) {
  case Position::within: reason = "within the margin"; return Verdict::unchanged;
  case Position::unclear: reason = "the interval reaches across the margin"; return Verdict::not_resolved;
  case Position::above:
  case Position::below: break;
  }
  const bool slower = first.cpu.position == Position::above;
  const char* const word = slower ? "slower" : "faster";
  if (second == nullptr || second->cpu.used == 0) {
    reason = fmt::format("{} in the first run, but there was no second one", word);
    return Verdict::not_resolved;
  }
  if (second->cpu.position != first.cpu.position) {
    reason = fmt::format("{} in the first run, but a second run did not confirm it: {}", word,
                         percent_range(second->cpu.interval));
    return Verdict::not_resolved;
  }
  reason = fmt::format("confirmed by a second run: {}", percent_range(second->cpu.interval));
  return slower ? Verdict::regressed : Verdict::improved;
}

bool found_difference(const RunOfRow& run) {
  return run.cpu.position == Position::above || run.cpu.position == Position::below;
}

void update_decision(RunOfRow& run, const StoppingRule& rule, double margin) {
  run.cpu = decide(run.cpu_units, rule, margin);
  run.wall = signed_rank_interval(run.wall_units, rule.error_of_an_analysis());
}

void conclude_same_code(RowVerdict& row) {
  row.verdict = Verdict::unchanged;
  row.reason = "the machine code is the same";
}

void conclude(RowVerdict& row, const StoppingRule& first, const StoppingRule& second,
              const ComparisonPlan& plan) {
  row.verdict = judge(row.first, &row.second, row.reason);
  row.smallest_visible =
      smallest_visible_effect(row.first.cpu_units, first, second, plan.margin, 0.95, plan.seed);
}

std::string disturbance_note(const std::vector<RowVerdict>& rows) {
  std::size_t pairs = 0;
  std::size_t replaced = 0;
  std::size_t left = 0;
  for (const RowVerdict& row : rows)
    for (const RunOfRow* run : {&row.first, &row.second}) {
      pairs += run->pairs.size();
      replaced += run->replaced.size();
      for (const PairRecord& pair : run->pairs) left += pair.is_disturbed();
    }
  if (replaced + left == 0) return {};
  std::string text =
      fmt::format("something else used this core during {} of {} measurements of a row in a pair "
                  "of processes; ",
                  replaced + left, pairs + replaced);
  if (left == 0) return text + "they were taken again";
  return text +
         fmt::format("{} were taken again, and {} still count, since the time for that was used up: the "
                     "verdict may be about the disturbed state",
                     replaced, left);
}

Verdict overall(const std::vector<RowVerdict>& rows) {
  const auto any = [&](Verdict verdict) {
    return std::any_of(rows.begin(), rows.end(),
                       [&](const RowVerdict& row) { return row.verdict == verdict; });
  };
  for (const Verdict verdict : {Verdict::not_comparable, Verdict::regressed, Verdict::not_resolved})
    if (any(verdict)) return verdict;
  return any(Verdict::improved) ? Verdict::improved : Verdict::unchanged;
}

int exit_code_of(Verdict verdict) {
  if (verdict == Verdict::regressed) return exit_regression;
  return verdict == Verdict::not_comparable ? exit_failure : exit_fine;
}

} // namespace dispatchbench
