#include "layouts.h"

#include "errors.h"
#include "tables.h"
#include "terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace dispatchbench {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t name_width = 18;
constexpr std::size_t cell_width = 19;
constexpr const char* layout_mark = "@layout";

std::vector<std::string> family(const Analysis& analysis, const std::string& original) {
  std::vector<std::string> labels;
  for (const std::string& label : analysis.libraries())
    if (label == original || layout_of(label) == original) labels.push_back(label);
  return labels;
}

/// Medians over the layouts of the effect of `backend` over the baseline, as a ratio.
std::optional<double> effect(const Analysis& analysis, const std::string& workload,
                             const std::string& backend, const std::vector<std::string>& labels) {
  std::vector<double> ratios;
  for (const std::string& label : labels)
    if (const auto ratio = analysis.ratio(workload, {backend, label}, {baseline_backend, label}))
      ratios.push_back(ratio->estimate);
  if (ratios.empty()) return std::nullopt;
  return median(ratios);
}

std::string row_name(const std::string& name) { return fmt::format("  {:<{}}", name, name_width); }

std::string padded(const std::string& text, Emphasis emphasis) {
  const std::string cell = fmt::format("  {:>{}}", text, cell_width);
  return emphasis == Emphasis::faint ? emphasized(cell, emphasis) : cell;
}

} // namespace

std::optional<std::string> layout_of(const std::string& label) {
  const auto at = label.find(layout_mark);
  if (at == std::string::npos || at == 0) return std::nullopt;
  return label.substr(0, at);
}

std::vector<LibraryFile> layout_files(const fs::path& folder) {
  std::error_code error;
  std::vector<LibraryFile> files;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".so") continue;
    const std::string label = entry.path().stem().string();
    if (!layout_of(label))
      throw Failure(fmt::format("{}: isn't named LABEL@layoutN.so, as tools/layouts names them",
                                entry.path().string()));
    files.push_back({label, entry.path()});
  }
  if (files.empty())
    throw Failure(fmt::format("{}: holds no layout variants; make them with tools/layouts", folder.string()));
  std::sort(files.begin(), files.end(),
            [](const LibraryFile& a, const LibraryFile& b) { return a.label < b.label; });
  return files;
}

std::optional<LayoutSpread> layout_spread(const Analysis& analysis, const std::string& workload,
                                          const std::string& backend, const std::string& original) {
  std::vector<double> times;
  for (const std::string& label : family(analysis, original))
    if (const auto time = analysis.nanoseconds_per_instruction(workload, {backend, label}))
      times.push_back(*time);
  if (times.size() < 2) return std::nullopt;
  const auto [fastest, slowest] = std::minmax_element(times.begin(), times.end());
  return LayoutSpread{*fastest, *slowest, static_cast<int>(times.size())};
}

std::string layout_report(const Analysis& analysis, const std::string& original) {
  const std::vector<std::string> labels = family(analysis, original);
  if (labels.size() < 2) return {};
  std::vector<std::string> backends;
  for (const Competitor& competitor : analysis.competitors(labels.front()))
    backends.push_back(competitor.backend);

  std::string heading = row_name("");
  for (const std::string& backend : backends) heading += fmt::format("  {:>{}}", backend, cell_width);
  std::string spreads, effects;
  std::map<std::string, std::vector<double>> by_backend;
  bool any_marked = false;
  for (const std::string& workload : analysis.workloads()) {
    spreads += row_name(workload);
    effects += row_name(workload);
    const auto baseline = layout_spread(analysis, workload, baseline_backend, original);
    for (const std::string& backend : backends) {
      const auto spread = layout_spread(analysis, workload, backend, original);
      if (spread) by_backend[backend].push_back(spread->ratio());
      spreads += padded(spread ? fmt::format("{:.2f} %", 100 * (spread->ratio() - 1)) : "-", Emphasis::bold);
      const auto ratio = effect(analysis, workload, backend, labels);
      const bool known = ratio && spread && baseline && backend != baseline_backend;
      const bool marked =
          known && std::abs(std::log(*ratio)) < std::log(std::max(spread->ratio(), baseline->ratio()));
      any_marked = any_marked || marked;
      effects += padded(known ? fmt::format("{}{:.3f}", marked ? "~" : "", *ratio) : "-",
                        marked ? Emphasis::faint : Emphasis::bold);
    }
    spreads += '\n';
    effects += '\n';
  }
  spreads += row_name("median");
  for (const std::string& backend : backends)
    spreads += padded(
        by_backend[backend].empty() ? "-" : fmt::format("{:.2f} %", 100 * (median(by_backend[backend]) - 1)),
        Emphasis::bold);
  std::string text = emphasized(fmt::format("{} in {} layouts", original, labels.size()), Emphasis::bold) +
                     "\n  spread: slowest layout over fastest, the same code otherwise\n" + heading + '\n' +
                     spreads + '\n';
  if (std::find(backends.begin(), backends.end(), baseline_backend) != backends.end())
    text += fmt::format("\n  time relative to {}, median of the layouts\n{}\n{}", baseline_backend, heading,
                        effects);
  if (any_marked) text += "  ~ smaller than what layout alone does to one of the two\n";
  return text;
}

} // namespace dispatchbench
