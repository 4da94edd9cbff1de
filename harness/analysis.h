// From samples to figures: ns per VM instruction, ratios with intervals, and who is faster than whom.
#pragma once

#include "measurement.h"
#include "statistics.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dispatchbench {

/// A backend of a library, as a competitor over all workloads.
struct Competitor {
  std::string backend;
  std::string library;

  auto operator<=>(const Competitor&) const = default;
  std::string row(const std::string& workload) const { return workload + '/' + backend + '/' + library; }
};

/// The figures of a measurement. All are over processes: within a process the median of its samples counts.
class Analysis {
public:
  Analysis(const std::vector<BenchmarkRow>& rows, const Measurement& measurement);

  const std::vector<std::string>& workloads() const { return workloads_; }
  const std::vector<std::string>& libraries() const { return libraries_; }
  /// The backends of one library, in its order.
  std::vector<Competitor> competitors(const std::string& library) const;

  /// Median CPU time over processes, nanoseconds per VM instruction; nothing where the row wasn't measured.
  std::optional<double> nanoseconds_per_instruction(const std::string& workload,
                                                    const Competitor& competitor) const;

  /// Time of `competitor` over that of `baseline` on one workload, paired by process.
  std::optional<Interval> ratio(const std::string& workload, const Competitor& competitor,
                                const Competitor& baseline) const;

  /// Geometric mean of the ratio over the workloads that both ran: within a process first, then over
  /// processes.
  std::optional<Interval> mean_ratio(const Competitor& competitor, const Competitor& baseline) const;

private:
  /// Logarithms of the ratio by process.
  std::map<int, double> log_ratios(const std::string& workload, const Competitor& competitor,
                                   const Competitor& baseline) const;

  std::vector<std::string> workloads_;
  std::vector<std::string> libraries_;
  std::vector<Competitor> competitors_;
  std::map<std::string, std::map<int, double>> medians_; ///< By row and process, nanoseconds of one run.
  std::map<std::string, double> instructions_;           ///< By workload.
};

} // namespace dispatchbench
