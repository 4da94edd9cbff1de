// Who leads in the cases of leading_cases.json, which the reports are tested against, too; and that tables
// and summary say the same of it.
#include "made_up_measurement.h"
#include "measuring/ranking.h"
#include "measuring/summary.h"
#include "measuring/tables.h"
#include "system/files.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace dispatchbench {
namespace {

using nlohmann::json;

std::vector<std::string> slower_ones(const std::vector<Ranking::Pair>& pairs) {
  std::vector<std::string> names;
  for (const Ranking::Pair& pair : pairs) names.push_back(pair.slower.name());
  return names;
}

/// The line that gives the order, without its indentation; empty if there is none.
std::string order_line(const std::string& text) {
  const auto begin = text.find("fastest first: ");
  return begin == std::string::npos ? "" : text.substr(begin, text.find('\n', begin) - begin);
}

class Leading : public testing::TestWithParam<json> {};

TEST_P(Leading, IsWhatTheCaseSays) {
  const json& expected = GetParam();
  const MadeUpMeasurement described(expected.at("competitors"));
  const Ranking ranking =
      rank(described.analysis(), described.competitors(), known_code(described.libraries()));
  std::vector<std::string> order;
  std::map<std::string, std::vector<std::string>> copies;
  for (const Competitor& competitor : ranking.fastest_first) {
    order.push_back(competitor.name());
    const std::vector<Competitor>& same = ranking.copies.at(competitor);
    if (same.size() < 2) continue;
    for (const Competitor& copy : same) copies[competitor.name()].push_back(copy.name());
  }
  EXPECT_EQ(order, expected.at("fastest_first").get<std::vector<std::string>>());
  EXPECT_EQ(slower_ones(ranking.tied_with_first),
            expected.at("tied_with_first").get<std::vector<std::string>>());
  EXPECT_EQ(json(copies), expected.at("copies"));
}

TEST_P(Leading, IsTheSameInTablesAndSummary) {
  const MadeUpMeasurement described(GetParam().at("competitors"));
  const Analysis analysis = described.analysis();
  const KnownCode code = known_code(described.libraries());
  const std::string summary = run_summary(analysis, described.measurement(), described.libraries(), {}, 1000);
  const std::string tables = described.libraries().size() > 1
                                 ? across_libraries(analysis, code, {})
                                 : library_report(analysis, described.libraries().front(), code, {});
  EXPECT_EQ(order_line(tables), order_line(summary)) << tables << summary;
  EXPECT_EQ(order_line(tables).empty(), GetParam().at("fastest_first").empty());
}

INSTANTIATE_TEST_SUITE_P(
    Case, Leading,
    testing::ValuesIn(
        json::parse(read_file(DISPATCHBENCH_LEADING_CASES, "cases")).at("cases").get<std::vector<json>>()),
    [](const auto& parameter) { return parameter.param.at("name").template get<std::string>(); });

} // namespace
} // namespace dispatchbench
