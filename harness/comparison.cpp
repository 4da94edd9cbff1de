#include "comparison.h"

#include "child_process.h"
#include "environment.h"
#include "errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>

namespace dispatchbench {
namespace {

/// Which layouts a unit compares: the two sides' in random order, so that each is in as many units as any
/// other of its side and no two units of a turn share one.
class LayoutDraw {
public:
  LayoutDraw(std::size_t base_count, std::size_t head_count, std::mt19937_64& random)
      : base_(order(base_count, random)), head_(order(head_count, random)) {}
  std::size_t base(int unit) const { return base_[static_cast<std::size_t>(unit) % base_.size()]; }
  std::size_t head(int unit) const { return head_[static_cast<std::size_t>(unit) % head_.size()]; }

private:
  static std::vector<std::size_t> order(std::size_t count, std::mt19937_64& random) {
    std::vector<std::size_t> numbers(count);
    std::iota(numbers.begin(), numbers.end(), 0);
    std::shuffle(numbers.begin(), numbers.end(), random);
    return numbers;
  }
  std::vector<std::size_t> base_, head_;
};

std::vector<LibraryImage> read_images(const ComparedSide& side) {
  std::vector<LibraryImage> images;
  for (const LibraryDescription& layout : side.layouts) images.push_back(read_image(layout.path));
  return images;
}

/// Far above any honest sample, which the estimate of one is.
std::chrono::milliseconds sample_time_out(double nanoseconds) {
  return std::chrono::seconds(10) + std::chrono::milliseconds(static_cast<long>(nanoseconds / 1e6 * 50));
}

/// Everything that stays the same over the runs of a comparison.
class Comparison {
public:
  Comparison(const std::vector<ComparedRow>& rows, const ComparedSide& base, const ComparedSide& head,
             const ComparisonPlan& plan)
      : rows_(rows), base_images_(read_images(base)), head_images_(read_images(head)), plan_(plan),
        random_(plan.seed) {}

  /// Makes the head side slower by `plan.added_share`, each row by its own time.
  void add_steps() {
    const double step = step_nanoseconds();
    for (const double nanoseconds : plan_.run_nanoseconds)
      added_steps_.push_back(static_cast<std::uint64_t>(nanoseconds * plan_.added_share / step));
  }

  /// Takes pairs for the rows of `active` until each is decided or the looks are used up. `run_of(row)` is
  /// where a row's results go; `on_unit()` is called after each unit, `rule` judges.
  void run(std::vector<RowVerdict>& verdicts, RunOfRow RowVerdict::* which, std::vector<std::size_t> active,
           const StoppingRule& rule, const std::function<void(double)>& on_progress) {
    const LayoutDraw layouts(base_images_.size(), head_images_.size(), random_);
    int unit = 0;
    for (const int look : rule.looks) {
      for (; unit < look && !active.empty(); ++unit) {
        for (int again = 0; again < plan_.pairs_per_unit; ++again) {
          if (interrupted()) return;
          on_progress(unit / static_cast<double>(rule.looks.back()));
          take_pair(verdicts, which, active, unit, layouts.base(unit), layouts.head(unit));
        }
      }
      std::erase_if(active, [&](std::size_t row) {
        RunOfRow& of_row = verdicts[row].*which;
        look_at(of_row, rule, plan_.margin);
        return of_row.cpu.position != Position::unclear;
      });
    }
  }

private:
  /// One pair of processes; a row whose process ends or hangs leaves `active` and is not comparable.
  void take_pair(std::vector<RowVerdict>& verdicts, RunOfRow RowVerdict::* which,
                 std::vector<std::size_t>& active, int unit, std::size_t base_layout,
                 std::size_t head_layout) {
    const PairSide base{&base_images_[base_layout], {}};
    const PairSide head{&head_images_[head_layout], added_steps_};
    std::optional<ProcessPair> pair;
    std::vector<std::size_t> order = active;
    std::shuffle(order.begin(), order.end(), random_);
    for (const std::size_t row : order) {
      if (interrupted()) return;
      if (!pair) pair.emplace(rows_, base, head, plan_.cpu, random_());
      try {
        const PairResult result =
            take_rounds(*pair, row, plan_.rounds, random_() % 2 == 0,
                        sample_time_out(static_cast<double>(rows_[row].reference->profile.total)));
        add_pair(verdicts[row].*which, {unit, base_layout, head_layout, result});
      } catch (const SamplingFailure& failure) {
        if (interrupted()) return;
        verdicts[row].verdict = Verdict::not_comparable;
        verdicts[row].reason = failure.what();
        std::erase(active, row);
        pair.reset();
      }
    }
  }

  const std::vector<ComparedRow>& rows_;
  std::vector<LibraryImage> base_images_, head_images_;
  ComparisonPlan plan_;
  std::mt19937_64 random_;
  std::vector<std::uint64_t> added_steps_;
};

std::string percent_range(const Interval& interval) {
  return fmt::format("[{:+.2f} {:+.2f}] %", 100 * std::expm1(interval.low), 100 * std::expm1(interval.high));
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
    reason = fmt::format("{} in the first run, but the second doesn't agree: {}", word,
                         percent_range(second->cpu.interval));
    return Verdict::not_resolved;
  }
  reason = fmt::format("a second run agrees: {}", percent_range(second->cpu.interval));
  return slower ? Verdict::regressed : Verdict::improved;
}

bool found_difference(const RunOfRow& run) {
  return run.cpu.position == Position::above || run.cpu.position == Position::below;
}

void look_at(RunOfRow& run, const StoppingRule& rule, double margin) {
  run.cpu = decide(run.cpu_units, rule, margin);
  run.wall = signed_rank_interval(run.wall_units, rule.error_of_a_look());
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

void check_resolvable(const ComparisonPlan& plan, std::size_t rows, const char* what) {
  const int fewest = fewest_values(plan.first_rule(rows).error_of_a_look());
  if (plan.looks.front() < fewest)
    throw UsageError(
        fmt::format("{} {} can't give a {:g} % interval for each of {} rows; it takes {} or more, "
                    "or fewer rows",
                    plan.looks.front(), what, 100 * (1 - plan.error), rows, fewest));
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

std::vector<double> measure_run_times(const std::vector<ComparedRow>& rows, const ComparedSide& base,
                                      const ComparedSide& head, int cpu, int rounds) {
  const LibraryImage base_image = read_image(base.layouts.front().path);
  const LibraryImage head_image = read_image(head.layouts.front().path);
  std::vector<double> times(rows.size());
  std::optional<ProcessPair> pair;
  for (std::size_t row = 0; row < rows.size() && !interrupted(); ++row) {
    if (!pair) pair.emplace(rows, PairSide{&base_image, {}}, PairSide{&head_image, {}}, cpu, 0);
    try {
      const PairResult result =
          take_rounds(*pair, row, rounds, false,
                      sample_time_out(static_cast<double>(rows[row].reference->profile.total)));
      times[row] = std::max(result.base_nanoseconds, result.head_nanoseconds);
    } catch (const SamplingFailure&) {
      pair.reset(); // It is reported when the row is measured.
    }
  }
  return times;
}

std::vector<RowVerdict> compare_rows(const std::vector<ComparedRow>& rows, const ComparedSide& base,
                                     const ComparedSide& head, const ComparisonPlan& plan,
                                     const OnProgress& on_progress) {
  Comparison comparison(rows, base, head, plan);
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
      row.reason = "interrupted before there was enough of it";
      continue;
    }
    conclude(row, first_rule, second_rule, plan);
  }
  return verdicts;
}

} // namespace dispatchbench
