#include "comparing/comparison.h"

#include "sampling/verification.h"
#include "system/errors.h"
#include "system/interruption.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <random>
#include <thread>
#include <utility>

namespace dispatchbench {
namespace {

/// Which layouts a unit compares: the two sides' in random order, so that each is in as many units as any
/// other of its side and no two units of a turn share one.
class LayoutDraw {
public:
  LayoutDraw(std::size_t baseline_count, std::size_t candidate_count, std::mt19937_64& random)
      : baseline_(order(baseline_count, random)), candidate_(order(candidate_count, random)) {}
  std::size_t baseline(int unit) const { return drawn(baseline_, unit); }
  std::size_t candidate(int unit) const { return drawn(candidate_, unit); }

private:
  static std::vector<std::size_t> order(std::size_t count, std::mt19937_64& random) {
    std::vector<std::size_t> numbers(count);
    std::iota(numbers.begin(), numbers.end(), 0);
    std::shuffle(numbers.begin(), numbers.end(), random);
    return numbers;
  }
  static std::size_t drawn(const std::vector<std::size_t>& order, int unit) {
    return order[static_cast<std::size_t>(unit) % order.size()];
  }
  std::vector<std::size_t> baseline_, candidate_;
};

/// Everything that stays the same over the runs of a comparison.
class Comparison {
public:
  Comparison(const std::vector<ComparedRow>& rows, const ComparedSide& baseline,
             const ComparedSide& candidate, const ComparisonPlan& plan)
      : rows_(rows), baseline_(baseline), candidate_(candidate), plan_(plan), random_(plan.seed),
        added_steps_(rows.size()), seconds_for_replacing_(plan.seconds_for_replacing()) {}

  /// Makes the candidate slower by `plan.added_share`, each row by its own time.
  void add_steps() {
    const double step = step_nanoseconds();
    for (std::size_t row = 0; row < added_steps_.size(); ++row)
      added_steps_[row] = static_cast<std::uint64_t>(plan_.run_nanoseconds[row] * plan_.added_share / step);
  }

  /// Takes pairs for the rows of `active` until each is decided or the analyses are used up. `which` run of a
  /// row takes its results, `rule` judges.
  void run(std::vector<RowVerdict>& verdicts, RunOfRow RowVerdict::* which, std::vector<std::size_t> active,
           const StoppingRule& rule, const std::function<void(double)>& on_progress) {
    const LayoutDraw layouts(baseline_.layouts.size(), candidate_.layouts.size(), random_);
    int unit = 0;
    for (const int analysis : rule.analyses) {
      for (; unit < analysis && !active.empty(); ++unit) {
        for (int again = 0; again < plan_.pairs_per_unit; ++again) {
          if (interrupted()) return;
          on_progress(unit / static_cast<double>(rule.analyses.back()));
          take_pair(verdicts, which, active, {unit, layouts.baseline(unit), layouts.candidate(unit)});
        }
      }
      replace_disturbed(verdicts, which, active);
      std::erase_if(active, [&](std::size_t row) {
        RunOfRow& of_row = verdicts[row].*which;
        update_decision(of_row, rule, plan_.margin);
        return of_row.cpu.position != Position::unclear;
      });
    }
  }

private:
  /// What a pair of processes compares.
  struct Unit {
    int number;
    std::size_t baseline_layout;
    std::size_t candidate_layout;
  };

  /// One pair of processes over the rows of `active`.
  void take_pair(std::vector<RowVerdict>& verdicts, RunOfRow RowVerdict::* which,
                 std::vector<std::size_t>& active, const Unit& unit) {
    take_rows(verdicts, active, active, unit, [&](std::size_t row, PairResult result) {
      add_pair(verdicts[row].*which,
               {unit.number, unit.baseline_layout, unit.candidate_layout, std::move(result), {}});
    });
  }

  /// Takes pairs again that the probe finds disturbed: their samples straddle two states of the machine, or
  /// lie in one whose ratios are different. Leaves them as they are once the time for that is used up.
  void replace_disturbed(std::vector<RowVerdict>& verdicts, RunOfRow RowVerdict::* which,
                         std::vector<std::size_t>& active) {
    while (!interrupted()) {
      const double level = quiet_level(readings_);
      std::map<int, std::map<std::size_t, std::size_t>> disturbed; // By unit and row: the pair's index.
      for (const std::size_t row : active)
        for (const std::size_t pair : judge_pairs(verdicts[row].*which, level))
          disturbed[(verdicts[row].*which).pairs[pair].unit].try_emplace(row, pair);
      if (disturbed.empty() || !wait_until_quiet(level)) return;
      const auto& [unit, pairs] = *disturbed.begin();
      std::vector<std::size_t> rows;
      for (const auto& [row, pair] : pairs) rows.push_back(row);
      const PairRecord& old = (verdicts[rows.front()].*which).pairs[pairs.begin()->second];
      const double start = now();
      take_rows(verdicts, active, rows, {unit, old.baseline_layout, old.candidate_layout},
                [&](std::size_t row, PairResult result) {
                  replace_pair(verdicts[row].*which, pairs.at(row), std::move(result));
                });
      seconds_for_replacing_ -= now() - start;
    }
  }

  /// Waits for several quiet readings in a row. Returns false once the time for replacing is used up.
  bool wait_until_quiet(double level) {
    constexpr int wanted = 5;
    constexpr std::chrono::milliseconds between{20};
    const double start = now();
    int quiet = 0;
    while (quiet < wanted && now() - start < seconds_for_replacing_ && !interrupted()) {
      readings_.push_back(read_probe());
      quiet = readings_.back().sharing > disturbed_above * level ? 0 : quiet + 1;
      std::this_thread::sleep_for(between);
    }
    seconds_for_replacing_ -= now() - start;
    return quiet == wanted;
  }

  static double now() { return nanoseconds(CLOCK_MONOTONIC) / 1e9; }

  /// `rows` in random order in one pair of processes. A row whose process ends or hangs leaves `active` and
  /// is not comparable.
  void take_rows(std::vector<RowVerdict>& verdicts, std::vector<std::size_t>& active,
                 const std::vector<std::size_t>& rows, const Unit& unit,
                 const std::function<void(std::size_t row, PairResult result)>& keep) {
    std::optional<ProcessPair> pair;
    std::vector<std::size_t> order = rows;
    std::shuffle(order.begin(), order.end(), random_);
    for (const std::size_t row : order) {
      if (interrupted()) return;
      try {
        if (!pair)
          pair.emplace(baseline_.layouts[unit.baseline_layout].file,
                       candidate_.layouts[unit.candidate_layout].file, plan_.cpu, random_());
        PairResult result =
            take_rounds(*pair, rows_[row], plan_.rounds, random_() % 2 == 0, added_steps_[row],
                        row_time_out(*rows_[row].reference, plan_.time_out));
        readings_.insert(readings_.end(), result.probe.begin(), result.probe.end());
        keep(row, std::move(result));
      } catch (const SamplingFailure& failure) {
        if (interrupted()) return;
        verdicts[row].verdict = Verdict::not_comparable;
        verdicts[row].reason = failure.what();
        std::erase(active, row);
        pair.reset();
      } catch (const Failure&) {
        if (!interrupted()) throw; // Ctrl-C reached a process while it loaded its library.
        return;
      }
    }
  }

  const std::vector<ComparedRow>& rows_;
  const ComparedSide& baseline_;
  const ComparedSide& candidate_;
  ComparisonPlan plan_;
  std::mt19937_64 random_;
  std::vector<std::uint64_t> added_steps_;
  std::vector<ProbeReading> readings_; ///< All so far, for the quiet level.
  double seconds_for_replacing_;
};

} // namespace

std::vector<double> measure_run_times(const std::vector<ComparedRow>& rows, const ComparedSide& baseline,
                                      const ComparedSide& candidate, int cpu, int rounds,
                                      std::chrono::seconds time_out) {
  std::vector<double> times(rows.size());
  std::optional<ProcessPair> pair;
  for (std::size_t row = 0; row < rows.size() && !interrupted(); ++row) {
    try {
      if (!pair) pair.emplace(baseline.layouts.front().file, candidate.layouts.front().file, cpu, 0);
      const PairResult result =
          take_rounds(*pair, rows[row], rounds, false, 0, row_time_out(*rows[row].reference, time_out));
      times[row] = std::max(result.baseline_nanoseconds, result.candidate_nanoseconds);
    } catch (const SamplingFailure&) {
      pair.reset(); // It is reported when the row is measured.
    }
  }
  return times;
}

std::vector<RowVerdict> compare_rows(const std::vector<ComparedRow>& rows, const ComparedSide& baseline,
                                     const ComparedSide& candidate, const ComparisonPlan& plan,
                                     const OnProgress& on_progress) {
  Comparison comparison(rows, baseline, candidate, plan);
  std::vector<RowVerdict> verdicts(rows.size());
  std::vector<std::size_t> all(rows.size());
  std::iota(all.begin(), all.end(), 0);
  for (const std::size_t row : all) verdicts[row].row = rows[row];
  if (plan.added_share != 0) comparison.add_steps();

  const StoppingRule first_rule = plan.first_rule(rows.size());
  const StoppingRule second_rule = plan.second_rule();
  comparison.run(verdicts, &RowVerdict::first, all, first_rule,
                 [&](double share) { on_progress(share / 2, "first run"); });
  std::vector<std::size_t> candidates;
  for (const std::size_t row : all)
    if (verdicts[row].verdict != Verdict::not_comparable && found_difference(verdicts[row].first))
      candidates.push_back(row);
  comparison.run(verdicts, &RowVerdict::second, candidates, second_rule,
                 [&](double share) { on_progress((1 + share) / 2, "second run"); });
  for (RowVerdict& row : verdicts) {
    if (row.verdict == Verdict::not_comparable) continue;
    if (row.first.cpu.used == 0) {
      row.reason = fmt::format("interrupted after {} of {} pairs, too few to judge", row.first.pairs.size(),
                               first_rule.analyses.front() * plan.pairs_per_unit);
      continue;
    }
    conclude(row, first_rule, second_rule, plan);
  }
  return verdicts;
}

} // namespace dispatchbench
