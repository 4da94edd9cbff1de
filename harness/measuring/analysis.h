// From samples to figures: ns per VM instruction, ratios with intervals, and what layout alone does.
#pragma once

#include "measuring/measurement.h"
#include "measuring/statistics.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dispatchbench {

/// How far apart the layout variants of one library are on one row: slowest over fastest.
struct LayoutSpread {
  double fastest = 0; ///< Nanoseconds per VM instruction.
  double slowest = 0;
  int layouts = 0;

  double ratio() const { return slowest / fastest; }
};

/// The figures of a measurement. All are over processes: within a process the median of its samples counts.
class Analysis {
public:
  /// `rows` are all that were asked for, also those that failed or were refused.
  Analysis(const std::vector<BenchmarkRow>& rows, const Measurement& measurement);

  const std::vector<std::string>& workloads() const { return workloads_; }
  /// Labels, layout variants included.
  const std::vector<std::string>& libraries() const { return libraries_; }
  /// A library and its layout variants.
  std::vector<std::string> layouts_of(const std::string& library) const;
  bool is_layout_variant(const std::string& library) const { return layout_of_.contains(library); }
  /// The backends of one library, in its order.
  std::vector<Competitor> competitors(const std::string& library) const;

  /// What all ratios are relative to: `asked` if it was measured anywhere; failing that the same backend of
  /// the first library that has it, and failing that the first backend that was measured.
  Baseline measured_baseline(const Baseline& asked) const;

  /// What the ratios of `library` are relative to: measured_baseline of its own or of the library that it
  /// names; in a library without it, that of the first library that has it, as the reports borrow it. Nothing
  /// if none of its rows was measured.
  std::optional<Competitor> baseline_for(const std::string& library, const Baseline& asked) const;

  /// Why a row has no times, in a word for a table's cell: "refused", "failed" or "-".
  std::string missing(const std::string& workload, const Competitor& competitor) const;

  /// Median CPU time over processes, nanoseconds per VM instruction; nothing where the row wasn't measured.
  std::optional<double> nanoseconds_per_instruction(const std::string& workload,
                                                    const Competitor& competitor) const;

  /// The share of its time that a backend takes to prepare a program: its smallest and largest median over
  /// the workloads, as `low` and `high`. Nothing for a backend that doesn't prepare.
  std::optional<Interval> prepare_share(const Competitor& competitor) const;

  /// Time of `competitor` over that of `baseline` on one workload, paired by process.
  std::optional<Interval> ratio(const std::string& workload, const Competitor& competitor,
                                const Competitor& baseline) const;

  /// Geometric mean of the ratio over the workloads that both ran: within a process first, then over
  /// processes.
  std::optional<Interval> mean_ratio(const Competitor& competitor, const Competitor& baseline) const;

  /// On how many workloads both were measured.
  std::size_t compared_workloads(const Competitor& competitor, const Competitor& baseline) const;

  /// The spread of one row over the layouts of `library`; nothing with fewer than two measured layouts.
  std::optional<LayoutSpread> layout_spread(const std::string& workload, const Competitor& competitor) const;

  /// Median over the layouts of the ratio of two backends of one library; nothing unless both have a spread.
  std::optional<double> effect_over_layouts(const std::string& workload, const Competitor& competitor,
                                            const std::string& baseline_backend) const;

  /// Whether that effect is smaller than what layout alone does to one of the two: the mark `~`.
  bool within_layout_noise(const std::string& workload, const Competitor& competitor,
                           const std::string& baseline_backend) const;

  /// Half the width of the widest interval of a geometric mean that tables and reports show, as a share of
  /// the estimate: each library's backends against its baseline. A borrowed baseline, one of another library
  /// and a copy of the same code count as they are shown: their ratios are paired by process like all others.
  /// 0 if there is nothing to compare.
  double widest_mean_ratio(const Baseline& asked) const;

private:
  bool measured(const Competitor& competitor) const;
  /// The first competitor that `accepts` takes of those that were measured.
  template <class Accepts> std::optional<Competitor> first_measured(const Accepts& accepts) const;
  /// Logarithms of the ratio by process.
  std::map<int, double> log_ratios(const std::string& workload, const Competitor& competitor,
                                   const Competitor& baseline) const;

  std::vector<std::string> workloads_;
  std::vector<std::string> libraries_;
  std::map<std::string, std::string> layout_of_; ///< By variant's label: the original's.
  std::vector<Competitor> competitors_;
  std::map<std::string, std::map<int, double>> medians_; ///< By row and process, nanoseconds of one run.
  std::map<std::string, double> prepare_shares_;         ///< By row, of backends that prepare.
  std::map<std::string, double> instructions_;           ///< By workload.
  double interval_level_;
  std::map<std::string, std::string> problems_; ///< By row: "refused" or "failed".
};

} // namespace dispatchbench
