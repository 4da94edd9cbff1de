// What ratios are relative to, and that a run ends by the intervals that its tables show.
#include "made_up_measurement.h"
#include "measuring/ranking.h"
#include "measuring/tables.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <regex>
#include <sstream>

namespace dispatchbench {
namespace {

using nlohmann::json;

/// Processes of one competitor: `time` with a spread of so many per cent, in an order of its own.
json competitor(const char* backend, const char* library, double time, double percent, int order) {
  json times = json::array();
  for (int process = 0; process < 6; ++process)
    times.push_back(time * (1 + percent / 100 * ((process * order) % 7 - 3)));
  return {{"backend", backend},
          {"library", library},
          {"host", "native"},
          {"code", backend},
          {"times", {{"fib", times}, {"tak", times}}}};
}

/// Two compilers with the same assembly, of which one lacks a backend, and a language that has neither.
MadeUpMeasurement of_three_libraries() {
  return MadeUpMeasurement(
      json::array({competitor("asm", "one", 100, 0.5, 1), competitor("loop", "one", 200, 1, 2),
                   competitor("asm", "two", 101, 2, 3), competitor("goto", "two", 150, 1, 4),
                   competitor("match", "rust", 300, 3, 5)}));
}

/// Half the width of the widest interval in the last row of each library's table, as a share.
double widest_shown(const MadeUpMeasurement& measured, const Baseline& asked) {
  static const std::regex interval(R"(\[([0-9.]+) ([0-9.]+)\])");
  double widest = 0;
  for (const AuditedLibrary& each : measured.libraries()) {
    std::istringstream lines(library_report(measured.analysis(), each, {}, asked));
    for (std::string line; std::getline(lines, line);) {
      if (line.find("geometric mean") == std::string::npos) continue;
      for (std::sregex_iterator at(line.begin(), line.end(), interval), end; at != end; ++at)
        widest = std::max(widest, std::sqrt(std::stod((*at)[2]) / std::stod((*at)[1])) - 1);
    }
  }
  return widest;
}

TEST(BaselineTest, a_run_ends_by_the_widest_interval_that_its_tables_show) {
  const MadeUpMeasurement measured = of_three_libraries();
  const double rounding = 0.002;
  for (const Baseline& asked : {Baseline{"asm", {}}, Baseline{"asm", "one"}, Baseline{"asm", "two"},
                                Baseline{"goto", {}}, Baseline{"nothing", {}}}) {
    const double shown = widest_shown(measured, asked);
    EXPECT_NEAR(measured.analysis().widest_mean_ratio(asked), shown, rounding) << asked.name();
    EXPECT_GT(shown, 0.02) << asked.name() << ": rust's, which is compared with another library's backend";
  }
}

TEST(BaselineTest, a_copy_of_the_baseline_s_code_counts_as_it_is_shown) {
  const MadeUpMeasurement measured(
      json::array({competitor("asm", "one", 100, 0.5, 1), competitor("loop", "one", 200, 0.5, 1),
                   competitor("asm", "two", 101, 3, 3)}));
  const Baseline asked{"asm", "one"};
  EXPECT_NEAR(measured.analysis().widest_mean_ratio(asked), widest_shown(measured, asked), 0.002);
  EXPECT_LT(measured.analysis().widest_mean_ratio({"asm", {}}), 0.002) << "each library's own is no ratio";
}

TEST(BaselineTest, without_the_one_asked_for_all_libraries_have_one_as_in_the_reports) {
  const Analysis analysis = of_three_libraries().analysis();
  EXPECT_EQ(analysis.measured_baseline({"nothing", {}}).name(), "asm");
  EXPECT_EQ(analysis.measured_baseline({"nothing", "one"}).name(), "asm/one");
  EXPECT_EQ(analysis.measured_baseline({"asm", "rust"}).name(), "asm/one");
  EXPECT_EQ(analysis.measured_baseline({"goto", {}}).name(), "goto");
  EXPECT_EQ(analysis.baseline_for("two", {"nothing", {}})->name(), "asm/two");
  EXPECT_EQ(analysis.baseline_for("rust", {"nothing", {}})->name(), "asm/one") << "not its own first";
  EXPECT_EQ(analysis.baseline_for("one", {"goto", {}})->name(), "goto/two");
  EXPECT_FALSE(analysis.baseline_for("absent", {}));
}

TEST(BaselineTest, without_the_baseline_s_workload_others_are_ranked_and_the_means_say_what_they_cover) {
  json competitors =
      json::array({competitor("asm", "one", 100, 0.5, 1), competitor("goto", "one", 150, 0.5, 2),
                   competitor("loop", "one", 200, 0.5, 3)});
  competitors[2]["times"].erase("tak");
  const MadeUpMeasurement measured(competitors);
  const std::string text =
      library_report(measured.analysis(), measured.libraries().front(), {}, {"loop", {}});
  EXPECT_NE(text.find("the mean of goto covers 1 of 2 workloads, those that loop was measured on\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("fastest first: asm, goto.\n"), std::string::npos) << text;
}

} // namespace
} // namespace dispatchbench
