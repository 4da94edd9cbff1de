// The rule on what counts: made-up probe readings and times in, what is left out.
#include "comparing/verdict.h"
#include "measuring/analysis.h"
#include "measuring/probe_report.h"
#include "sampling/quiet_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <random>
#include <span>
#include <string>

namespace dispatchbench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<ProbeReading> readings(const std::vector<double>& sharing) {
  std::vector<ProbeReading> made;
  for (const double value : sharing) made.push_back({static_cast<double>(made.size()) / 100, value});
  return made;
}

/// `quiet` readings around 0.8, then `disturbed` ones around 1.2: a neighbour on the core.
std::vector<ProbeReading> stretch(int quiet, int disturbed) {
  std::vector<double> sharing;
  for (int i = 0; i < quiet; ++i) sharing.push_back(0.80 + 0.002 * (i % 5));
  for (int i = 0; i < disturbed; ++i) sharing.push_back(1.1 + 0.05 * (i % 5));
  return readings(sharing);
}

TEST(Probe, gives_a_finite_reading_and_the_time) {
  const ProbeReading first = read_probe();
  const ProbeReading second = read_probe();
  EXPECT_GT(first.sharing, 0);
  EXPECT_LT(first.sharing, 1000);
  EXPECT_GT(second.seconds, first.seconds);
}

TEST(QuietState, level_is_the_lowest_usual_reading_and_no_single_one) {
  std::vector<double> sharing(100, 0.8);
  sharing[17] = 0.3;
  EXPECT_DOUBLE_EQ(quiet_level(readings(sharing)), 0.8);
  EXPECT_DOUBLE_EQ(quiet_level({}), 0);
}

TEST(QuietState, the_share_of_disturbed_readings_decides) {
  EXPECT_DOUBLE_EQ(probe_state(stretch(90, 10), 0.8).disturbed_share, 0.1);
  EXPECT_DOUBLE_EQ(probe_state(stretch(0, 10), 0.8).disturbed_share, 1);
  EXPECT_DOUBLE_EQ(probe_state({}, 0.8).disturbed_share, 0) << "a host without a probe";
  const auto process = [](int quiet, int disturbed) {
    MeasuredProcess made;
    made.state = probe_state(stretch(quiet, disturbed), 0.8);
    return made.is_disturbed();
  };
  EXPECT_FALSE(process(70, 30));
  EXPECT_TRUE(process(60, 40));
  const auto pair = [](int quiet, int disturbed) {
    PairRecord made;
    made.state = probe_state(stretch(quiet, disturbed), 0.8);
    return made.is_disturbed();
  };
  EXPECT_FALSE(pair(90, 10));
  EXPECT_TRUE(pair(85, 15));
}

/// 240 s on an idle two-processor virtual machine, a line a second: two probes relative to their lowest
/// value, and the times of one workload on three backends.
TEST(QuietState, separates_the_seconds_of_a_recorded_trial_by_the_ratio_though_it_sees_the_probe_alone) {
  std::ifstream file(DISPATCHBENCH_PROBE_TRIAL);
  std::string line;
  ASSERT_TRUE(std::getline(file, line)) << DISPATCHBENCH_PROBE_TRIAL;
  std::vector<ProbeReading> all;
  std::vector<double> ratios;
  while (std::getline(file, line)) {
    double second = 0, throughput = 0, latency = 0, switch_loop = 0, tail_call = 0;
    ASSERT_EQ(std::sscanf(line.c_str(), "%lf,%lf,%lf,%lf,%lf", &second, &throughput, &latency, &switch_loop,
                          &tail_call),
              5)
        << line;
    all.push_back({second, throughput / latency});
    ratios.push_back(tail_call / switch_loop);
  }
  ASSERT_GT(all.size(), 200U);
  const double level = quiet_level(all);
  std::vector<double> quiet;
  std::vector<double> disturbed;
  for (std::size_t i = 0; i < all.size(); ++i)
    (is_disturbed(all[i], level) ? disturbed : quiet).push_back(ratios[i]);
  EXPECT_GT(quiet.size(), 180U);
  EXPECT_GT(disturbed.size(), 50U);
  EXPECT_NEAR(median(quiet), 0.567, 0.002);
  EXPECT_LT(*std::max_element(quiet.begin(), quiet.end()), 0.59);
  EXPECT_GT(median(disturbed), 0.8);
}

/// Processes of a library with two backends; while a neighbour is there, tail_call takes 1.7 times as long
/// and switch_loop 1.2 times.
class Judging : public ::testing::Test {
protected:
  Judging() {
    library_.file.label = "clang";
    reference_.workload.name = "fib";
    reference_.profile.total = 1000;
    for (const char* backend : {"switch_loop", "tail_call"})
      rows_.push_back({&reference_, &library_, backend});
  }

  /// `speed` multiplies all times of the process; the probe doesn't know of it.
  void add(int process, int attempt, std::vector<ProbeReading> probe, bool is_slow, double speed = 1) {
    MeasuredProcess measured;
    measured.library = "clang";
    measured.process = process;
    measured.attempt = attempt;
    measured.seconds = 1;
    measured.probe = std::move(probe);
    for (const BenchmarkRow& row : rows_)
      for (int sample = 0; sample < 3; ++sample) {
        const bool is_tail_call = row.backend == "tail_call";
        const double quiet = is_tail_call ? 650 : 1000;
        const double slow = !is_slow ? 1 : is_tail_call ? 1.7 : 1.2;
        MeasuredSample made;
        made.row = {{"name", row.name()}, {"cpu_time", speed * quiet * slow * (1 + 0.001 * process)}};
        measured.samples.push_back(std::move(made));
      }
    measurement_.processes.push_back(std::move(measured));
  }

  void judge(bool is_final) {
    judge_processes(measurement_, is_final);
    measurement_.times = times_of(measurement_, sample_counts);
  }

  std::vector<bool> counting() const {
    std::vector<bool> counts;
    for (const MeasuredProcess& process : measurement_.processes) counts.push_back(process.counts);
    return counts;
  }

  Interval ratio() const {
    return *Analysis(rows_, measurement_).mean_ratio({"tail_call", "clang"}, {"switch_loop", "clang"});
  }

  LibraryDescription library_;
  ReferenceRun reference_;
  std::vector<BenchmarkRow> rows_;
  Measurement measurement_;
};

TEST_F(Judging, disturbed_processes_are_left_out_and_the_first_quiet_attempt_takes_their_place) {
  add(0, 0, stretch(50, 0), false);
  add(1, 0, stretch(20, 30), true);
  add(2, 0, stretch(50, 2), false);
  add(1, 1, stretch(0, 50), true);
  add(1, 2, stretch(50, 0), false);
  add(1, 3, stretch(50, 0), false);
  judge(true);
  EXPECT_THAT(counting(), ElementsAre(true, false, true, false, true, false));
  EXPECT_NEAR(ratio().estimate, 0.65, 1e-9);
  const auto ratios = disturbed_ratios(rows_, measurement_, {});
  ASSERT_EQ(ratios.size(), 1U);
  EXPECT_NEAR(ratios.front().quiet, 0.65, 1e-9);
  EXPECT_NEAR(ratios.front().disturbed, 0.65 * 1.7 / 1.2, 1e-9);
  EXPECT_THAT(probe_text(measurement_, ratios), HasSubstr("2 of 6 processes can't count for that"));
  EXPECT_THAT(probe_text(measurement_, ratios),
              HasSubstr("was 0.921 in what doesn't count, and is 0.650 in what does"));
}

TEST_F(Judging, of_a_process_with_a_short_disturbance_the_samples_beside_it_are_left_out) {
  for (int process = 0; process < 4; ++process) add(process, 0, stretch(50, 0), false);
  MeasuredProcess& disturbed = measurement_.processes[1];
  disturbed.probe[10].sharing = 1.3;
  disturbed.probe[30].sharing = 0.3; // Quieter than quiet says nothing.
  std::vector<std::size_t> before{8, 9, 10, 29, 30, 31};
  for (std::size_t i = 0; i < before.size(); ++i) disturbed.samples[i].reading = before[i];
  judge(true);
  EXPECT_TRUE(disturbed.counts);
  std::vector<bool> counts;
  for (const MeasuredSample& sample : disturbed.samples) counts.push_back(sample.counts);
  EXPECT_THAT(counts, ElementsAre(true, false, false, true, true, true));
  EXPECT_EQ(measurement_.times.at("fib/switch_loop/clang").cpu_nanoseconds.at(1).size(), 1U);
  EXPECT_THAT(probe_text(measurement_, {}), HasSubstr("8.3 % of the samples can't count for that"));
}

TEST_F(Judging, a_process_that_would_lose_all_samples_of_a_row_is_measured_again) {
  for (int process = 0; process < 4; ++process) add(process, 0, stretch(50, 0), false);
  add(1, 1, stretch(50, 0), false);
  MeasuredProcess& disturbed = measurement_.processes[1];
  disturbed.probe[10].sharing = 1.3;
  for (MeasuredSample& sample : disturbed.samples) sample.reading = 20;
  for (std::size_t i = 0; i < 3; ++i) disturbed.samples[i].reading = 9; // All of switch_loop's.
  judge(true);
  EXPECT_TRUE(disturbed.is_disturbed());
  EXPECT_THAT(counting(), ElementsAre(true, false, true, true, true));
  EXPECT_EQ(measurement_.times.at("fib/tail_call/clang").cpu_nanoseconds.at(1).size(), 3U);
}

TEST_F(Judging, what_counts_depends_on_the_probe_and_never_on_the_times) {
  std::mt19937_64 random(7);
  std::vector<std::vector<ProbeReading>> probes;
  for (int process = 0; process < 40; ++process)
    probes.push_back(stretch(40, static_cast<int>(random() % 3 == 0 ? random() % 40 : 0)));
  std::vector<bool> first;
  for (int variant = 0; variant < 20; ++variant) {
    measurement_ = {};
    std::uniform_real_distribution<double> speed(0.1, 10);
    for (int process = 0; process < 40; ++process)
      add(process, 0, probes[static_cast<std::size_t>(process)], random() % 2 == 0, speed(random));
    judge(true);
    if (variant == 0) first = counting();
    EXPECT_EQ(counting(), first);
  }
  EXPECT_THAT(first, ::testing::Contains(true));
  EXPECT_THAT(first, ::testing::Contains(false));
}

TEST_F(Judging, slow_processes_with_a_quiet_probe_count) {
  for (int process = 0; process < 10; ++process) add(process, 0, stretch(50, 0), process >= 7);
  judge(true);
  EXPECT_THAT(counting(), ::testing::Each(true));
  EXPECT_GT(ratio().high, 0.7) << "the interval has to cover what was measured";
}

TEST_F(Judging, where_quiet_is_rare_every_first_attempt_counts_and_the_interval_is_wide) {
  for (int process = 0; process < 10; ++process)
    add(process, 0, stretch(process < 3 ? 50 : 0, process < 3 ? 0 : 50), process >= 3);
  add(5, 1, stretch(0, 50), true);
  judge(false);
  EXPECT_FALSE(measurement_.probe.unsettled) << "there may be time for more";
  judge(true);
  EXPECT_TRUE(measurement_.probe.unsettled);
  EXPECT_EQ(counting(),
            (std::vector<bool>{true, true, true, true, true, true, true, true, true, true, false}));
  EXPECT_LT(ratio().low, 0.85);
  EXPECT_GT(ratio().high, 0.9);
  EXPECT_THAT(probe_text(measurement_, {}), HasSubstr("the quiet state was too rare"));
  EXPECT_EQ(probe_json(measurement_, {})["verdict"], "unsettled");
}

TEST_F(Judging, a_later_look_at_the_level_can_take_back_what_counted) {
  for (int process = 0; process < 3; ++process) add(process, 0, stretch(0, 50), true);
  judge(false);
  EXPECT_GT(measurement_.probe.quiet_level, 1.0) << "nothing quieter was seen yet";
  for (int process = 3; process < 10; ++process) add(process, 0, stretch(50, 0), false);
  judge(false);
  EXPECT_THAT(counting(), ElementsAre(false, false, false, true, true, true, true, true, true, true));
}

TEST_F(Judging, without_readings_everything_counts_and_the_probe_is_called_absent) {
  for (int process = 0; process < 5; ++process) add(process, 0, {}, false);
  judge(true);
  EXPECT_THAT(counting(), ::testing::Each(true));
  EXPECT_EQ(probe_json(measurement_, {})["verdict"], "absent");
  EXPECT_EQ(probe_text(measurement_, {}), "");
}

TEST_F(Judging, of_many_readings_the_results_keep_few_and_the_highest_among_them) {
  add(0, 0, stretch(1000, 0), false);
  measurement_.processes[0].probe[777].sharing = 4;
  judge(true);
  const auto kept = probe_json(measurement_, {})["processes"][0]["readings"];
  EXPECT_LE(kept.size(), 60U);
  double highest = 0;
  for (const auto& reading : kept) highest = std::max(highest, reading[1].get<double>());
  EXPECT_NEAR(highest, 5, 0.01);
}

TEST(DisturbedPairs, are_found_by_the_probe_and_kept_when_they_are_replaced) {
  RunOfRow run;
  for (int unit = 0; unit < 4; ++unit) {
    PairResult result;
    result.cpu = unit;
    result.probe = unit == 2 ? stretch(10, 10) : stretch(20, 0);
    add_pair(run, {unit, 0, 0, result, {}});
  }
  EXPECT_THAT(judge_pairs(run, 0.8), ElementsAre(2U));
  PairResult quiet;
  quiet.cpu = 7;
  quiet.probe = stretch(20, 0);
  replace_pair(run, 2, quiet);
  EXPECT_THAT(judge_pairs(run, 0.8), ElementsAre());
  EXPECT_THAT(run.cpu_units, ElementsAre(0, 1, 7, 3));
  ASSERT_EQ(run.replaced.size(), 1U);
  EXPECT_EQ(run.replaced[0].result.cpu, 2);
  RowVerdict row;
  row.first = run;
  EXPECT_THAT(disturbance_note({row}), HasSubstr("1 of 5 measurements"));
  EXPECT_EQ(disturbance_note({RowVerdict{}}), "");
}

} // namespace
} // namespace dispatchbench
