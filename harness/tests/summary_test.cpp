// From known times to the summary of many libraries: golden text.
#include "measuring/summary.h"
#include "system/text_layout.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deque>

namespace dispatchbench {
namespace {

/// Libraries of two workloads and five processes. `goto` takes a share of switch_loop's time that falls from
/// library to library.
class SummaryTest : public testing::Test {
protected:
  SummaryTest() {
    references_.reserve(2); // Rows point into it.
    for (const char* name : {"fib", "tak"}) {
      ReferenceRun& reference = references_.emplace_back();
      reference.workload.name = name;
      reference.profile.total = 1000;
    }
  }

  void add_library(const std::string& label, const std::vector<std::string>& backends, double speed,
                   const std::string& hash) {
    LibraryDescription& library = libraries_.emplace_back();
    library.file.label = label;
    AuditFile& audit = audits_.emplace_back();
    for (const std::string& backend : backends) {
      library.backends.emplace_back().name = backend;
      const bool is_goto = backend != "switch_loop";
      audit.backends[backend] = {"",
                                 "",
                                 !is_goto || speed < 1,
                                 {{"effective_technique", is_goto ? "replicated" : "merged"},
                                  {"audit_schema", audit_schema},
                                  {"code_hash", (is_goto ? label : hash) + backend}}};
      for (const ReferenceRun& reference : references_) {
        rows_.push_back({&reference, &library, backend});
        for (int process = 0; process < 5; ++process)
          measurement_.times[rows_.back().name()].cpu_nanoseconds[process] = {
              1000 * (is_goto ? speed : 1) * (1 + 0.001 * (process - 2) * (is_goto ? 1 : 0))};
      }
    }
    library.unavailable = {{"tail_call", "needs musttail"}};
  }

  std::string summary(std::size_t columns, const Baseline& baseline = {}) {
    std::vector<AuditedLibrary> audited;
    for (std::size_t i = 0; i < libraries_.size(); ++i) audited.push_back({&libraries_[i], &audits_[i]});
    return run_summary(Analysis(rows_, measurement_), measurement_, audited, baseline, columns);
  }

  std::vector<ReferenceRun> references_;
  std::deque<LibraryDescription> libraries_;
  std::deque<AuditFile> audits_;
  std::vector<BenchmarkRow> rows_;
  Measurement measurement_;
};

TEST_F(SummaryTest, libraries_go_down_and_backends_across) {
  add_library("one", {"switch_loop", "computed_goto"}, 1, "same ");
  add_library("another", {"switch_loop", "computed_goto"}, 0.8, "same ");
  add_library("rust", {"computed_goto"}, 0.5, "other ");
  measurement_.failures = {{"fib", {"jit", "one"}, "crashed"}, {"tak", {"jit", "one"}, "crashed"}};
  EXPECT_EQ(
      summary(100),
      R"(geometric mean, over 2 workloads, of the time relative to switch_loop of the same library; below 1
  is faster
  switch_loop is the same machine code in the 2 libraries that have it: ratios of different rows can
    be compared.
           switch_loop  computed_goto
  one             1 m        1.000~r!
  another         1 m        0.800 r 
  rust             -              -  
  r replicated jump; m merged jump; ! not what it is declared to be; ~ not resolved from 1; - not
    measured, or without a baseline
  No ratios for rust: no switch_loop there (it knows no such backend). With --baseline BACKEND/LABEL
    all have one.
  fastest first: computed_goto/rust, computed_goto/another, computed_goto/one, switch_loop/one (one
    of 2 with this code).
    computed_goto/rust takes 0.625 [0.625 0.625] times as long as computed_goto/another.
    not resolved: 1 of the other 2 pairs of neighbours (intervals that contain 1).
  2 rows failed: jit/one on 2 workloads.
  unavailable, of 3 libraries: tail_call everywhere; list says why.
)");
}

TEST_F(SummaryTest, columns_that_do_not_fit_get_headings_of_several_lines_and_then_blocks) {
  add_library("one", {"switch_loop", "computed_goto_extra_jump", "computed_goto_volatile"}, 0.9, "");
  EXPECT_NE(summary(60).find("loop       jump   volatile\n"), std::string::npos) << summary(60);
  for (const std::size_t columns : {30U, 60U, 100U}) {
    std::istringstream lines(summary(columns));
    for (std::string line; std::getline(lines, line);)
      EXPECT_LE(character_count(line), std::max<std::size_t>(columns, 30)) << line;
  }
}

TEST_F(SummaryTest, one_baseline_for_all_gives_every_library_ratios) {
  add_library("one", {"switch_loop", "computed_goto"}, 1, "a");
  add_library("rust", {"computed_goto"}, 0.5, "b");
  const std::string text = summary(120, {"switch_loop", "one"});
  EXPECT_NE(text.find("relative to switch_loop/one; below"), std::string::npos) << text;
  EXPECT_NE(text.find("0.500 r"), std::string::npos) << text;
  EXPECT_EQ(text.find("No ratios"), std::string::npos) << text;
}

TEST(TextLayoutTest, text_is_broken_between_words_and_headings_behind_underscores) {
  EXPECT_EQ(wrapped("one two three", 9, 2), "  one two\n    three\n");
  EXPECT_EQ(wrapped("a_word_too_long b", 5, 0), "a_word_too_long\n  b\n");
  EXPECT_EQ(heading_lines("computed_goto_plain", 9),
            (std::vector<std::string>{"computed_", "goto_", "plain"}));
  EXPECT_EQ(heading_lines("computed_goto_plain", 14), (std::vector<std::string>{"computed_goto_", "plain"}));
  EXPECT_EQ(shortened("123456", 6), "123456");
  EXPECT_EQ(shortened("1234567", 6), "123...");
  EXPECT_EQ(character_count("\xc3\xa9x"), 2U);
}

} // namespace
} // namespace dispatchbench
