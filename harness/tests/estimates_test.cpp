// The estimates of estimate_cases.json, which were worked out independently, and which the reports and their
// page are tested against, too: terminal, charts and page can't disagree.
#include "measuring/analysis.h"
#include "system/files.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <deque>
#include <optional>

namespace dispatchbench {
namespace {

using nlohmann::json;

/// One case as a measurement.
class Case {
public:
  explicit Case(const json& object) {
    for (const json& entry : object.at("libraries")) {
      LibraryDescription& library = libraries_.emplace_back();
      library.file.label = entry.at("label");
      if (!entry.at("layout_of").is_null()) library.file.layout_of = entry["layout_of"].get<std::string>();
    }
    for (const auto& [name, instructions] : object.at("vm_instructions").items()) {
      ReferenceRun& reference = references_.emplace_back();
      reference.workload.name = name;
      reference.profile.total = instructions;
    }
    for (const json& entry : object.at("samples")) {
      const BenchmarkRow row{reference(entry.at("workload")), library(entry.at("library")),
                             entry.at("backend")};
      auto& processes = measurement_.times[row.name()].cpu_nanoseconds;
      if (processes.empty()) rows_.push_back(row);
      for (const json& time : entry.at("cpu_ns")) processes[entry.at("process").get<int>()].push_back(time);
    }
  }

  Analysis analysis() const { return {rows_, measurement_}; }

private:
  const ReferenceRun* reference(const std::string& name) const {
    for (const ReferenceRun& each : references_)
      if (each.workload.name == name) return &each;
    throw std::runtime_error("no workload " + name);
  }
  const LibraryDescription* library(const std::string& label) const {
    for (const LibraryDescription& each : libraries_)
      if (each.label() == label) return &each;
    throw std::runtime_error("no library " + label);
  }

  std::deque<LibraryDescription> libraries_;
  std::deque<ReferenceRun> references_; // Rows point into both.
  std::vector<BenchmarkRow> rows_;
  Measurement measurement_;
};

Competitor competitor_of(const json& entry) { return {entry.at("backend"), entry.at("library")}; }

void expect_value(const json& expected, std::optional<double> found) {
  if (found && !std::isfinite(*found)) found.reset();
  ASSERT_EQ(expected.is_null(), !found.has_value());
  if (found) {
    EXPECT_NEAR(*found, expected.get<double>(), 1e-9 * expected.get<double>());
  }
}

void expect_interval(const json& entry, const char* estimate, const std::optional<Interval>& found) {
  expect_value(entry.at(estimate), found ? std::optional(found->estimate) : std::nullopt);
  if (!found) return;
  expect_value(entry.at("high"), found->high);
  // With one process the interval reaches from 0 to infinity.
  expect_value(entry.at("low"), std::isfinite(found->high) ? std::optional(found->low) : std::nullopt);
}

class Estimates : public testing::TestWithParam<json> {};

TEST_P(Estimates, AreThoseThatWereWorkedOutIndependently) {
  const json& expected = GetParam();
  const Case described(expected);
  const Analysis analysis = described.analysis();
  for (const json& entry : expected.at("times")) {
    SCOPED_TRACE(entry.dump());
    expect_value(entry.at("ns_per_vm_instruction"),
                 analysis.nanoseconds_per_instruction(entry.at("workload"), competitor_of(entry)));
  }
  for (const json& entry : expected.at("ratios")) {
    SCOPED_TRACE(entry.dump());
    expect_interval(
        entry, "ratio",
        analysis.ratio(entry.at("workload"), competitor_of(entry), competitor_of(entry.at("baseline"))));
  }
  for (const json& entry : expected.at("geometric_means")) {
    SCOPED_TRACE(entry.dump());
    expect_interval(entry, "mean",
                    analysis.mean_ratio(competitor_of(entry), competitor_of(entry.at("baseline"))));
  }
  for (const json& entry : expected.at("layout_spreads")) {
    SCOPED_TRACE(entry.dump());
    const auto spread = analysis.layout_spread(entry.at("workload"), competitor_of(entry));
    expect_value(entry.at("spread"), spread ? std::optional(spread->ratio()) : std::nullopt);
    if (spread) {
      EXPECT_EQ(spread->layouts, entry.at("layouts").get<int>());
    }
  }
  for (const json& entry : expected.at("layout_effects")) {
    SCOPED_TRACE(entry.dump());
    const std::string workload = entry.at("workload");
    const std::string baseline = entry.at("baseline_backend");
    expect_value(entry.at("effect"), analysis.effect_over_layouts(workload, competitor_of(entry), baseline));
    EXPECT_EQ(analysis.within_layout_noise(workload, competitor_of(entry), baseline),
              entry.at("marked").get<bool>());
  }
}

INSTANTIATE_TEST_SUITE_P(Case, Estimates,
                         testing::ValuesIn(json::parse(read_file(DISPATCHBENCH_ESTIMATE_CASES, "cases"))
                                               .at("cases")
                                               .get<std::vector<json>>()),
                         [](const auto& parameter) { return std::to_string(parameter.index); });

} // namespace
} // namespace dispatchbench
