// Statistics and verdicts of `compare`, on data whose answer is known.
#include "comparing/aa.h"
#include "comparing/comparison.h"
#include "comparing/floor.h"
#include "comparing/rank_statistics.h"
#include "comparing/report.h"
#include "system/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <unistd.h>

namespace dispatchbench {
namespace {

using testing::HasSubstr;

/// log(1 + percent / 100).
double log_percent(double percent) { return std::log1p(percent / 100); }

std::vector<double> noise(std::mt19937_64& random, int count, double centre, double deviation) {
  std::normal_distribution<double> normal(centre, deviation);
  std::vector<double> values(static_cast<std::size_t>(count));
  for (double& value : values) value = normal(random);
  return values;
}

RunOfRow run_that_says(Position position, double percent) {
  RunOfRow run;
  run.cpu = {position, {log_percent(percent), log_percent(percent - 0.2), log_percent(percent + 0.2)}, 20};
  run.wall = {log_percent(percent), log_percent(percent - 1), log_percent(percent + 1)};
  return run;
}

TEST(SignedRank, RanksAreThoseOfTheTables) {
  // Published critical values are the largest sums that are significant, so a rank is one more: 37, 52 and 60
  // for 20 values at 1, 5 and 10 %.
  EXPECT_EQ(signed_rank(20, 0.01), 38);
  EXPECT_EQ(signed_rank(20, 0.05), 53);
  EXPECT_EQ(signed_rank(20, 0.10), 61);
  EXPECT_EQ(signed_rank(30, 0.01), 110);
  // 2 / 2^8 = 0.0078: eight values are the fewest, and the interval is their whole range.
  EXPECT_EQ(signed_rank(8, 0.01), 1);
  EXPECT_EQ(signed_rank(7, 0.01), 0);
  EXPECT_EQ(fewest_values(0.01), 8);
  EXPECT_EQ(fewest_values(0.01 / 100), 15);
  EXPECT_EQ(signed_rank(0, 0.05), 0);
}

TEST(SignedRank, TooFewValuesHaveNoInterval) {
  const std::vector<double> values{1, 2, 3};
  const Interval interval = signed_rank_interval(values, 0.01);
  EXPECT_EQ(interval.estimate, 2);
  EXPECT_EQ(interval.low, -std::numeric_limits<double>::infinity());
  EXPECT_EQ(interval.high, std::numeric_limits<double>::infinity());
  EXPECT_EQ(position(interval, 0.005), Position::unclear);
}

TEST(SignedRank, IntervalIsMadeOfMeansOfPairs) {
  const std::vector<double> values{0, 1, 2, 3, 4, 5, 6, 100};
  const Interval interval = signed_rank_interval(values, 0.05);
  // Rank 4 of 0, 0.5, 1, 1, ...; from above 100, 53, 52.5, 52: one wild value is worth no more than its rank.
  EXPECT_EQ(interval.low, 1);
  EXPECT_EQ(interval.high, 52);
  EXPECT_EQ(interval.estimate, 3.5);
}

TEST(SignedRank, IntervalMissesTheCentreAsOftenAsItMayWhateverTheNoise) {
  std::mt19937_64 random(4);
  std::cauchy_distribution<double> heavy(0.0, 1.0); // Has no mean, so an interval of means would fail.
  std::normal_distribution<double> narrow(0.0, 0.1);
  std::bernoulli_distribution coin;
  const auto two_groups = [&] { return narrow(random) + (coin(random) ? 1 : -1); };
  const auto missed = [&](const auto& draw) {
    int count = 0;
    for (int repeat = 0; repeat < 4000; ++repeat) {
      std::vector<double> values(20);
      for (double& value : values) value = draw();
      count += signed_rank_interval(values, 0.05).excludes(0);
    }
    return count;
  };
  // 2 P(sum <= 52) = 0.0484: 194 of 4000, give or take 14.
  for (const int count : {missed([&] { return heavy(random); }), missed(two_groups)}) {
    EXPECT_GT(count, 150);
    EXPECT_LT(count, 240);
  }
}

TEST(StoppingRule, ErrorOfAllRowsAndAnalysesTogetherStaysBelowWhatIsAllowed) {
  std::mt19937_64 random(5);
  constexpr int rows = 10;
  constexpr int repeats = 600;
  ComparisonPlan plan;
  plan.analyses = {20, 40};
  plan.error = 0.05;
  int wrong = 0;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    bool any = false;
    for (int row = 0; row < rows; ++row) {
      const Decision decision = decide(noise(random, 40, 0, 0.01), plan.first_rule(rows), 0);
      any = any || decision.position == Position::above || decision.position == Position::below;
    }
    wrong += any;
  }
  EXPECT_LE(wrong, repeats * 5 / 100 + 16); // Three standard deviations of 600 at 5 %.
}

TEST(StoppingRule, StopsAtTheFirstAnalysisThatDecides) {
  const StoppingRule rule{{10, 20}, 0.02};
  const std::vector<double> slow(20, log_percent(3));
  EXPECT_EQ(decide(slow, rule, 0.005).used, 10);
  EXPECT_EQ(decide(slow, rule, 0.005).position, Position::above);
  std::vector<double> undecided(20);
  for (std::size_t i = 0; i < undecided.size(); ++i) undecided[i] = i % 2 == 0 ? 0.02 : -0.02;
  EXPECT_EQ(decide(undecided, rule, 0.005).used, 20);
  EXPECT_EQ(decide(undecided, rule, 0.005).position, Position::unclear);
  EXPECT_EQ(decide(std::span(slow).first(9), rule, 0.005).used, 0);
}

TEST(Position, IsAgainstTheMarginNotAgainstZero) {
  const auto at = [](double low, double high) {
    return position({0, log_percent(low), log_percent(high)}, 0.005);
  };
  EXPECT_EQ(at(0.51, 0.9), Position::above);
  EXPECT_EQ(at(0.2, 0.9), Position::unclear);
  EXPECT_EQ(at(-0.4, 0.4), Position::within);
  EXPECT_EQ(at(0.1, 0.4), Position::within);
  EXPECT_EQ(at(-0.9, -0.52), Position::below);
  EXPECT_EQ(at(-0.9, 0.1), Position::unclear);
}

TEST(SmallestVisibleEffect, GrowsWithNoiseAndIsFoundThatOften) {
  std::mt19937_64 random(6);
  ComparisonPlan plan;
  plan.analyses = {20, 40};
  plan.confirm_analyses = {12, 40};
  const auto visible = [&](const std::vector<double>& values) {
    return smallest_visible_effect(values, plan.first_rule(1), plan.second_rule(), 0.005, 0.95, 1);
  };
  const double quiet = visible(noise(random, 200, 0.3, 0.002));
  const double loud = visible(noise(random, 200, 0, 0.01));
  EXPECT_GT(quiet, 0.005);
  EXPECT_LT(quiet, loud);
  int found = 0;
  constexpr int repeats = 300;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    const double shift = std::log1p(loud);
    found += decide(noise(random, 40, shift, 0.01), plan.first_rule(1), 0.005).position == Position::above &&
             decide(noise(random, 40, shift, 0.01), plan.second_rule(), 0.005).position == Position::above;
  }
  EXPECT_GE(found, repeats * 90 / 100);
  EXPECT_EQ(visible(noise(random, 200, 0, 2)), std::numeric_limits<double>::infinity());
  // As many as the longest --aa has: all means of pairs would take 640 GB.
  EXPECT_NEAR(visible(noise(random, 400'000, 0.3, 0.002)), quiet, 0.001);
}

TEST(FasterHalf, IgnoresWhatWasSlowedDown) {
  EXPECT_EQ(mean_of_faster_half({9, 1, 700, 3}), 2);
  EXPECT_EQ(mean_of_faster_half({5, 1, 3}), 2);
  EXPECT_EQ(mean_of_faster_half({4}), 4);
}

TEST(Judge, NeedsASecondRunThatAgrees) {
  std::string reason;
  const RunOfRow slower = run_that_says(Position::above, 2);
  const RunOfRow faster = run_that_says(Position::below, -2);
  const RunOfRow unclear = run_that_says(Position::unclear, 0.6);
  EXPECT_EQ(judge(slower, &slower, reason), Verdict::regressed);
  EXPECT_EQ(judge(faster, &faster, reason), Verdict::improved);
  EXPECT_EQ(judge(slower, &faster, reason), Verdict::not_resolved);
  EXPECT_EQ(judge(slower, &unclear, reason), Verdict::not_resolved);
  EXPECT_THAT(reason, HasSubstr("a second run did not confirm it: [+0.40 +0.80] %"));
  EXPECT_EQ(judge(slower, nullptr, reason), Verdict::not_resolved);
  EXPECT_EQ(judge(unclear, nullptr, reason), Verdict::not_resolved);
  EXPECT_EQ(judge(run_that_says(Position::within, 0), nullptr, reason), Verdict::unchanged);
}

TEST(Overall, IsTheWorstAndOnlyARegressionExitsWith3) {
  const auto of = [](std::initializer_list<Verdict> verdicts) {
    std::vector<RowVerdict> rows;
    for (const Verdict verdict : verdicts) {
      rows.emplace_back();
      rows.back().verdict = verdict;
    }
    return overall(rows);
  };
  using enum Verdict;
  EXPECT_EQ(of({unchanged, regressed, improved, not_resolved}), regressed);
  EXPECT_EQ(of({regressed, not_comparable}), not_comparable);
  EXPECT_EQ(of({unchanged, not_resolved, improved}), not_resolved);
  EXPECT_EQ(of({unchanged, improved}), improved);
  EXPECT_EQ(of({unchanged, unchanged}), unchanged);
  EXPECT_EQ(exit_code_of(regressed), 3);
  EXPECT_EQ(exit_code_of(not_comparable), 1);
  for (const Verdict verdict : {improved, unchanged, not_resolved}) EXPECT_EQ(exit_code_of(verdict), 0);
}

TEST(Units, PairsOfTheSameLayoutsAreOneValue) {
  RunOfRow run;
  for (const auto& [unit, value] : {std::pair{0, 1.0}, {1, 5.0}, {0, 3.0}, {0, 2.0}}) {
    PairRecord record;
    record.unit = unit;
    record.result.cpu = value;
    record.result.wall = -value;
    add_pair(run, record);
  }
  EXPECT_EQ(run.cpu_units, (std::vector<double>{2, 5}));
  EXPECT_EQ(run.wall_units, (std::vector<double>{-2, -5}));
  EXPECT_EQ(run.pairs.size(), 4U);
}

/// A report with one row of each kind.
class Report : public testing::Test {
protected:
  Report() {
    report_.baseline = {"main", {}};
    report_.candidate = {"branch|1", {}};
    report_.plan.analyses = {20};
    report_.plan.rounds = 26;
    report_.machine = {{"fingerprint", "a machine"}};
    report_.seconds = 7.25;
    report_.notes = {"slow<er"};
    std::string reason;
    add("switch_loop", run_that_says(Position::above, 2), Verdict::regressed,
        "confirmed by a second run: [+1.80 +2.20] %");
    add("tail_call", run_that_says(Position::within, 0.1), Verdict::unchanged, "within the margin");
    add("computed_goto", run_that_says(Position::unclear, 0.5), Verdict::not_resolved,
        "the interval reaches across the margin");
    add("asm_x86_64", {}, Verdict::not_comparable, "candidate: \"memory\" at <fedc>\ndiffers & more");
    report_.verdict = overall(report_.rows);
  }

  void add(const char* backend, RunOfRow run, Verdict verdict, const char* reason) {
    if (run.cpu.used > 0) run.pairs.resize(20);
    RowVerdict row;
    row.row = {"fib", backend, backend};
    row.verdict = verdict;
    row.reason = reason;
    row.first = std::move(run);
    report_.rows.push_back(std::move(row));
  }

  ComparisonReport report_;
};

std::string golden(const std::string& name) {
  std::ifstream file(std::string(DISPATCHBENCH_GOLDEN_FOLDER) + '/' + name);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST_F(Report, MarkdownIsAsItWas) { EXPECT_EQ(comparison_markdown(report_), golden("comparison.md")); }

TEST_F(Report, JunitIsAsItWas) { EXPECT_EQ(comparison_junit(report_), golden("comparison.junit.xml")); }

TEST_F(Report, TableNamesEveryRowItsVerdictAndTheOverallOne) {
  const std::string table = comparison_table(report_);
  EXPECT_THAT(table, HasSubstr("fib/switch_loop             +2.00 % [+1.80 +2.20]"));
  EXPECT_THAT(table, HasSubstr("regressed: confirmed by a second run"));
  EXPECT_THAT(
      table,
      HasSubstr("overall: not comparable (1 not comparable, 1 regressed, 1 not resolved, 1 unchanged; 7 s)"));
}

TEST_F(Report, WhereAnEngineRanASideItSaysThatItsTimesAreOfTheWallClock) {
  report_.candidate.layouts.resize(1);
  EXPECT_THAT(comparison_table(report_), HasSubstr("; CPU time; "));
  report_.candidate.layouts.front().engine.emplace();
  EXPECT_THAT(comparison_table(report_), HasSubstr("; CPU time (engines: wall time); "));
  EXPECT_THAT(comparison_markdown(report_), HasSubstr("| row | time, candidate against baseline |"));
}

TEST_F(Report, JsonHoldsEveryPairAndNoInfinity) {
  report_.rows[0].smallest_visible = std::numeric_limits<double>::infinity();
  const nlohmann::ordered_json document = comparison_json(report_);
  EXPECT_EQ(document["verdict"], "not comparable");
  EXPECT_EQ(document["exit_code"], 1);
  EXPECT_EQ(document["rows"][0]["first"]["pairs"].size(), 20U);
  EXPECT_NEAR(document["rows"][0]["first"]["cpu"]["low"].get<double>(), 1.018, 1e-9);
  EXPECT_TRUE(document["rows"][0]["smallest_visible"].is_null());
  EXPECT_TRUE(document["rows"][3]["first"].is_null());
}

TEST(Aa, FloorIsTheDistanceThatOneFirstRunInAHundredExceeds) {
  ComparisonPlan plan;
  plan.analyses = {20};
  plan.confirm_analyses = {20};
  std::mt19937_64 random(7);
  std::vector<std::vector<RowVerdict>> trials;
  for (int trial = 0; trial < 150; ++trial) {
    RowVerdict row;
    row.row = {"fib", "tail_call", "tail_call"};
    row.first.cpu_units = noise(random, 20, 0, 0.001);
    row.first.cpu = {Position::within, {0, -0.001, 0.001}, 20};
    row.verdict = Verdict::unchanged;
    if (trial < 3) { // Three that lie 1, 2 and 3 % off; the second run agreed with the last.
      row.first.cpu = {Position::above, {0.5, log_percent(trial + 1), 1}, 20};
      row.verdict = trial == 2 ? Verdict::regressed : Verdict::not_resolved;
    }
    trials.push_back({row});
  }
  const AaSummary summary = summarize_aa(trials, plan);
  EXPECT_EQ(summary.trials, 150);
  EXPECT_EQ(summary.false_alarms, 1);
  EXPECT_EQ(summary.rows.at(0).first_run_alarms, 3);
  EXPECT_NEAR(summary.rows.at(0).widest, 0.03, 1e-9);
  EXPECT_NEAR(summary.floor, 0.02, 1e-9); // One in 150 is above it.
  EXPECT_GT(summary.smallest_visible, 0.005);
  EXPECT_LT(summary.smallest_visible, 0.01);
  EXPECT_THAT(aa_table(summary, plan), HasSubstr("1 false alarm in 150 verdicts. Floor: 2.00 %"));
}

class FloorFile : public testing::Test {
protected:
  FloorFile() : folder_(std::filesystem::temp_directory_path() / ("floor" + std::to_string(getpid()))) {}
  ~FloorFile() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

TEST_F(FloorFile, KeepsOneEntryForEachMachine) {
  const auto file = folder_ / "deep" / "floor.json";
  EXPECT_FALSE(read_floor(file, "a"));
  write_floor(open_floor(file), "a", {0.007, std::numeric_limits<double>::infinity(), 10, 1});
  write_floor(open_floor(file), "b", {0.001, 0.02, 20, 0});
  write_floor(open_floor(file), "a", {0.006, 0.03, 30, 2});
  EXPECT_EQ(read_floor(file, "a")->floor, 0.006);
  EXPECT_EQ(read_floor(file, "a")->false_alarms, 2);
  EXPECT_EQ(read_floor(file, "b")->smallest_effect, 0.02);
  EXPECT_FALSE(read_floor(file, "c"));
}

TEST_F(FloorFile, NamesTheFileThatIsBroken) {
  std::filesystem::create_directories(folder_);
  const auto file = folder_ / "floor.json";
  for (const char* text :
       {"nonsense", "[]", R"({"schema":2})", R"({"schema":1})", R"({"schema":1,"machines":{"a":{}}})",
        R"({"schema":1,"machines":{"a":{"floor":-1,"smallest_effect":0,"trials":1,"false_alarms":0}}})"}) {
    std::ofstream(file) << text;
    EXPECT_THROW(
        {
          try {
            read_floor(file, "a");
          } catch (const Failure& failure) {
            EXPECT_THAT(failure.what(), HasSubstr(file.string()));
            throw;
          }
        },
        Failure)
        << text;
  }
}

} // namespace
} // namespace dispatchbench
