#include "measuring/probe_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace dispatchbench {
namespace {

using nlohmann::ordered_json;

/// How many samples of a process don't count though it does.
std::size_t samples_left_out(const MeasuredProcess& process) {
  if (!process.counts) return 0;
  return static_cast<std::size_t>(std::count_if(process.samples.begin(), process.samples.end(),
                                                [](const MeasuredSample& sample) { return !sample.counts; }));
}

/// How much was disturbed.
struct DisturbedShare {
  std::size_t processes = 0; ///< As a whole.
  std::size_t samples = 0;   ///< Of the processes that count, left out.
  double of_samples = 0;     ///< Those, as a share of the processes' samples.
  double of_time = 0;

  bool is_worth_a_word() const { return processes > 0 || of_samples >= 0.01; }
};

DisturbedShare disturbed_share(const Measurement& measurement) {
  DisturbedShare share;
  double disturbed = 0;
  double all = 0;
  std::size_t samples = 0;
  for (const MeasuredProcess& process : measurement.processes) {
    all += process.seconds;
    disturbed += process.seconds * process.state.disturbed_share;
    share.processes += process.is_disturbed();
    if (!process.counts) continue;
    samples += process.samples.size();
    share.samples += samples_left_out(process);
  }
  share.of_time = all > 0 ? disturbed / all : 0;
  share.of_samples = samples > 0 ? static_cast<double>(share.samples) / static_cast<double>(samples) : 0;
  return share;
}

const char* verdict(const Measurement& measurement) {
  if (measurement.probe.quiet_level <= 0) return "absent";
  if (measurement.probe.unsettled) return "unsettled";
  return disturbed_share(measurement).is_worth_a_word() ? "some disturbed" : "quiet";
}

/// To this many parts of one: 1000 for three decimals.
double rounded(double value, double parts) { return std::round(value * parts) / parts; }

/// Times and relative levels; of many readings, evenly spread ones, and of what lies between the highest, so
/// that no disturbance is lost.
ordered_json readings_json(const std::vector<ProbeReading>& readings, double quiet_level) {
  constexpr std::size_t most = 60;
  const std::size_t stride = (readings.size() + most - 1) / std::max<std::size_t>(1, most);
  ordered_json array = ordered_json::array();
  for (std::size_t i = 0; i < readings.size(); i += std::max<std::size_t>(1, stride)) {
    const auto begin = readings.begin() + static_cast<std::ptrdiff_t>(i);
    const auto end = readings.begin() + static_cast<std::ptrdiff_t>(std::min(readings.size(), i + stride));
    const auto highest = std::max_element(
        begin, end, [](const ProbeReading& a, const ProbeReading& b) { return a.sharing < b.sharing; });
    array.push_back({rounded(highest->seconds, 1000), rounded(highest->sharing / quiet_level, 1000)});
  }
  return array;
}

} // namespace

std::vector<DisturbedRatio> disturbed_ratios(const std::vector<BenchmarkRow>& rows,
                                             const Measurement& measurement, const Baseline& asked) {
  Measurement disturbed;
  disturbed.times = times_of(measurement, [](const MeasuredSample& sample) { return sample.disturbed; });
  // Disturbed samples are few in a process, so all of them together make one.
  for (auto& [row, times] : disturbed.times) {
    std::vector<double> all;
    for (const auto& [process, samples] : times.cpu_nanoseconds)
      all.insert(all.end(), samples.begin(), samples.end());
    times.cpu_nanoseconds = {{0, std::move(all)}};
  }
  std::vector<DisturbedRatio> ratios;
  if (disturbed.times.empty() || measurement.probe.unsettled) return ratios;
  const Analysis quiet_analysis(rows, measurement);
  const Analysis disturbed_analysis(rows, disturbed);
  for (const std::string& library : quiet_analysis.libraries()) {
    const auto baseline = quiet_analysis.baseline_for(library, asked);
    if (!baseline || baseline->library != library || quiet_analysis.is_layout_variant(library)) continue;
    for (const Competitor& competitor : quiet_analysis.competitors(library)) {
      if (competitor == *baseline) continue;
      const auto quiet = quiet_analysis.mean_ratio(competitor, *baseline);
      const auto other = disturbed_analysis.mean_ratio(competitor, *baseline);
      if (quiet && other) ratios.push_back({competitor, *baseline, quiet->estimate, other->estimate});
    }
  }
  return ratios;
}

std::string probe_text(const Measurement& measurement, const std::vector<DisturbedRatio>& ratios) {
  const DisturbedShare disturbed = disturbed_share(measurement);
  if (!disturbed.is_worth_a_word()) return {};
  std::string text = fmt::format("something else used this core for {:.0f} % of the time, as the probe shows",
                                 100 * disturbed.of_time);
  if (measurement.probe.unsettled)
    return text +
           fmt::format(": {} of {} processes were disturbed, and the quiet state was too rare to measure in. "
                       "So every sample counts, and the intervals cover both states; remedy: measure at a "
                       "quieter time, or on hardware of your own",
                       disturbed.processes, measurement.processes.size());
  if (disturbed.processes > 0)
    text +=
        fmt::format("; {} of {} processes can't count for that, and were measured again where time allowed",
                    disturbed.processes, measurement.processes.size());
  if (disturbed.samples > 0)
    text += fmt::format("; {:.1f} % of the samples{} can't count{}", 100 * disturbed.of_samples,
                        disturbed.processes > 0 ? " of the others" : "",
                        disturbed.processes > 0 ? ", either" : " for that");
  const auto largest = std::max_element(ratios.begin(), ratios.end(), [](const auto& a, const auto& b) {
    return std::abs(std::log(a.disturbed / a.quiet)) < std::abs(std::log(b.disturbed / b.quiet));
  });
  if (largest != ratios.end())
    text += fmt::format(". {} over {} was {:.3f} in what doesn't count, and is {:.3f} in what does",
                        largest->competitor.name(), largest->baseline.backend, largest->disturbed,
                        largest->quiet);
  return text;
}

ordered_json probe_json(const Measurement& measurement, const std::vector<DisturbedRatio>& ratios) {
  ordered_json processes = ordered_json::array();
  for (const MeasuredProcess& process : measurement.processes)
    processes.push_back({{"library", process.library},
                         {"process", process.process},
                         {"attempt", process.attempt},
                         {"start_seconds", rounded(process.start_seconds, 1000)},
                         {"seconds", rounded(process.seconds, 1000)},
                         {"level", rounded(process.state.level, 10000)},
                         {"disturbed_share", rounded(process.state.disturbed_share, 10000)},
                         {"disturbed", process.is_disturbed()},
                         {"counts", process.counts},
                         {"samples", process.samples.size()},
                         {"left_out", samples_left_out(process)},
                         {"readings", readings_json(process.probe, measurement.probe.quiet_level)}});
  ordered_json ratios_json = ordered_json::array();
  for (const DisturbedRatio& ratio : ratios)
    ratios_json.push_back({{"library", ratio.competitor.library},
                           {"backend", ratio.competitor.backend},
                           {"baseline", ratio.baseline.backend},
                           {"quiet", ratio.quiet},
                           {"disturbed", ratio.disturbed}});
  return {{"unit", "additions' time over multiplications' time"},
          {"quiet_level", measurement.probe.quiet_level},
          {"limit", disturbed_above},
          {"verdict", verdict(measurement)},
          {"text", probe_text(measurement, ratios)},
          {"processes", std::move(processes)},
          {"disturbed_ratios", std::move(ratios_json)}};
}

} // namespace dispatchbench
