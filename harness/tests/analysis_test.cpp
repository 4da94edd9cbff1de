// From known times to the printed tables: golden text.
#include "measuring/ranking.h"
#include "measuring/results.h"
#include "measuring/tables.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

namespace dispatchbench {
namespace {

/// Two workloads, three backends, five processes with known times. `goto` takes 0.5 of switch_loop's time
/// with little spread; `twin` takes the same as switch_loop give or take 2 %.
class AnalysisTest : public testing::Test {
protected:
  AnalysisTest() {
    library_.file.label = "clang";
    library_.compiler = "clang";
    library_.compiler_version = "19.1.7";
    library_.target = "x86_64";
    library_.unavailable = {{"asm_other", "needs another processor"}};
    for (const char* name : {"fib", "tak"}) {
      ReferenceRun& reference = references_.emplace_back();
      reference.workload.name = name;
      reference.profile.total = 1000;
    }
    for (const ReferenceRun& reference : references_)
      for (const char* backend : {"switch_loop", "goto", "twin"})
        rows_.push_back({&reference, &library_, backend});
    for (int process = 0; process < 5; ++process) {
      const double drift =
          1 + 0.1 * process; // Falls on all backends alike: ratios within a process don't see it.
      const double wobble = 1 + 0.01 * (process - 2);
      for (const BenchmarkRow& row : rows_) {
        const double base = row.workload().name == "fib" ? 2000 : 3000;
        const double factor = row.backend == "goto" ? 0.5 : row.backend == "twin" ? wobble : 1;
        for (const double sample : {0.99, 1.0, 1.5})
          measurement_.times[row.name()].cpu_nanoseconds[process].push_back(base * drift * factor * sample);
      }
    }
  }

  static std::vector<ReferenceRun> reserved() {
    std::vector<ReferenceRun> references;
    references.reserve(2); // Rows point into it.
    return references;
  }

  LibraryDescription library_;
  std::vector<ReferenceRun> references_ = reserved();
  std::vector<BenchmarkRow> rows_;
  Measurement measurement_;
};

TEST_F(AnalysisTest, the_report_says_what_was_found_and_what_was_not_resolved) {
  AuditFile audit;
  audit.backends["goto"] = {"merged (2 sites)", "replicated", false, {}};
  audit.backends["twin"] = {"merged (1 site)", "merged", true, {}};
  EXPECT_EQ(library_report(Analysis(rows_, measurement_), {&library_, &audit}, {}, {}),
            R"(clang (clang 19.1.7, x86_64)
  ns per VM instruction (CPU time; median of processes)
                      switch_loop         goto         twin
  fib                       2.400        1.200        2.400
  tak                       3.600        1.800        3.600

  time relative to switch_loop [95 % interval over processes]; below 1 is faster
                                     goto                 twin
  fib                 0.500 [0.500 0.500]  1.000 [0.980 1.020]
  tak                 0.500 [0.500 0.500]  1.000 [0.980 1.020]
  geometric mean      0.500 [0.500 0.500]  1.000 [0.980 1.020]
  fastest first: goto, twin, switch_loop.
    goto takes 0.500 [0.500 0.500] times as long as switch_loop.
    not resolved: twin takes 1.000 [0.980 1.020] times as long as switch_loop
    (intervals that contain 1; more processes narrow them)
  machine code: goto: merged (2 sites); twin: merged (1 site)
  goto isn't what it is declared to be: merged (2 sites), declared replicated
  not in this library: asm_other: needs another processor
)");
}

TEST_F(AnalysisTest, the_report_of_an_engine_says_that_its_times_are_of_the_wall_clock) {
  library_.engine.emplace();
  const AuditFile audit;
  const std::string text = library_report(Analysis(rows_, measurement_), {&library_, &audit}, {}, {});
  EXPECT_NE(text.find("ns per VM instruction (wall time;"), std::string::npos) << text;
}

TEST_F(AnalysisTest, what_cannot_be_told_from_the_first_is_said_to_be_unresolved) {
  std::vector<BenchmarkRow> rows = rows_;
  std::erase_if(rows, [](const BenchmarkRow& row) { return row.backend == "goto"; });
  const Analysis analysis(rows, measurement_);
  const Competitor baseline{"switch_loop", "clang"};
  const Ranking ranking = rank(analysis, analysis.competitors("clang"), {});
  ASSERT_EQ(ranking.tied_with_first.size(), 1U);
  EXPECT_EQ(ranking_text(analysis, ranking, baseline, false),
            R"(  fastest first: twin, switch_loop.
    twin takes 1.000 [0.980 1.020] times as long as switch_loop.
    which is fastest is not resolved: twin takes 1.000 [0.980 1.020] times as long as switch_loop
    (intervals that contain 1; more processes narrow them)
)");
}

TEST_F(AnalysisTest, what_lacks_a_workload_is_not_ranked) {
  measurement_.times.erase("tak/goto/clang");
  const Analysis analysis(rows_, measurement_);
  const Ranking ranking = rank(analysis, analysis.competitors("clang"), {});
  EXPECT_EQ(ranking.fastest_first.size(), 2U);
  EXPECT_NE(ranking.fastest_first.front().backend, "goto");
}

TEST_F(AnalysisTest, one_process_has_no_interval_and_ranks_nobody_beyond_doubt) {
  for (auto& [name, times] : measurement_.times)
    std::erase_if(times.cpu_nanoseconds, [](const auto& entry) { return entry.first != 0; });
  const Analysis analysis(rows_, measurement_);
  const Competitor baseline{"switch_loop", "clang"};
  const std::string text =
      ranking_text(analysis, rank(analysis, analysis.competitors("clang"), {}), baseline, false);
  EXPECT_NE(text.find("which is fastest is not resolved"), std::string::npos) << text;
  EXPECT_NE(text.find("0.500 (no interval) times as long as"), std::string::npos) << text;
  EXPECT_EQ(text.find("inf"), std::string::npos) << text;
}

TEST_F(AnalysisTest, a_row_that_was_not_measured_is_a_dash_and_leaves_the_mean_of_the_others) {
  measurement_.times.erase("tak/goto/clang");
  const Analysis analysis(rows_, measurement_);
  const Competitor baseline{"switch_loop", "clang"};
  const Competitor other{"goto", "clang"};
  EXPECT_FALSE(analysis.ratio("tak", other, baseline));
  ASSERT_TRUE(analysis.mean_ratio(other, baseline));
  EXPECT_NEAR(analysis.mean_ratio(other, baseline)->estimate, 0.5, 1e-9);
}

TEST_F(AnalysisTest, the_ci_document_has_one_row_per_benchmark_its_median) {
  const auto row = [](const char* name, double cpu) {
    MeasuredSample sample;
    sample.row = {{"name", name}, {"cpu_time", cpu}, {"real_time", cpu + 10}};
    return sample;
  };
  MeasuredProcess process;
  for (int i = 0; i < 4; ++i) process.samples.push_back(row("fib/goto/clang", 10.0 - i));
  process.samples.push_back(row("tak/goto/clang", 5));
  MeasuredProcess disturbed;
  disturbed.samples = {row("fib/goto/clang", 1), row("fib/goto/clang", 2)};
  disturbed.state.disturbed_share = 1;
  disturbed.counts = false;
  for (MeasuredSample& sample : disturbed.samples) sample.counts = false;
  measurement_.processes = {process, disturbed};
  const nlohmann::ordered_json results =
      results_document(measurement_, {}, {}, references_, {library_}, nlohmann::ordered_json::object(), {});
  EXPECT_EQ(results["benchmarks"].size(), 7U) << "what doesn't count is kept";
  EXPECT_EQ(results["benchmarks"][5]["repetition_index"], 4);
  EXPECT_EQ(results["benchmarks"][5]["repetitions"], 6);
  EXPECT_EQ(results["benchmarks"][5]["disturbed"], true);
  EXPECT_EQ(results["benchmarks"][5]["counts"], false);
  const nlohmann::ordered_json document = ci_document(results);
  ASSERT_EQ(document["benchmarks"].size(), 2U);
  EXPECT_EQ(document["benchmarks"][0]["cpu_time"], 8.0);
  EXPECT_EQ(document["benchmarks"][0]["real_time"], 18.0);
  EXPECT_EQ(document["benchmarks"][0]["samples"], 4U);
}

} // namespace
} // namespace dispatchbench
