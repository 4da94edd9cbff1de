#include "measuring/mean_matrix.h"

#include "measuring/ranking.h"
#include "system/terminal.h"
#include "system/text_layout.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace dispatchbench {
namespace {

constexpr std::size_t cell_width = 9; ///< "1.384~r!".
constexpr std::size_t gap = 2;

/// How a technique of the audit is marked, and what that means.
struct Mark {
  const char* technique;
  char letter;
  const char* meaning;
};
constexpr std::array<Mark, 8> marks{{{"replicated", 'r', "replicated jump"},
                                     {"merged", 'm', "merged jump"},
                                     {"partly_merged", 'p', "partly merged"},
                                     {"tail_calls", 't', "tail calls"},
                                     {"calls", 'c', "calls"},
                                     {"comparisons", 'i', "comparisons"},
                                     {"generated", 'g', "generated code"},
                                     {"unknown", '?', "not known"}}};

const Mark& mark_of(const BackendAudit* audit) {
  const std::string technique = audit != nullptr && audit->all.is_object()
                                    ? audit->all.value("effective_technique", "unknown")
                                    : "unknown";
  const auto* const found =
      std::find_if(marks.begin(), marks.end(), [&](const Mark& mark) { return technique == mark.technique; });
  return found == marks.end() ? marks.back() : *found;
}

/// What the table has used of its signs, for the legend.
struct Legend {
  std::set<char> letters;
  bool undeclared = false;
  bool unresolved = false;
  bool fewer_workloads = false;
  bool missing = false;

  std::string in_words() const {
    std::vector<std::string> signs;
    for (const Mark& mark : marks)
      if (letters.contains(mark.letter)) signs.push_back(fmt::format("{} {}", mark.letter, mark.meaning));
    if (undeclared) signs.emplace_back("! not what it is declared to be");
    if (unresolved) signs.emplace_back("~ not resolved from 1");
    if (fewer_workloads) signs.emplace_back("* mean of fewer workloads; what lacks one isn't ranked");
    if (missing) signs.emplace_back("- not measured, or without a baseline");
    return fmt::format("{}", fmt::join(signs, "; "));
  }
};

/// The table's parts, column by column.
class Matrix {
public:
  Matrix(const Analysis& analysis, const std::vector<AuditedLibrary>& libraries, const Baseline& baseline)
      : analysis_(analysis), libraries_(libraries), baseline_(baseline) {
    for (const AuditedLibrary& each : libraries) {
      label_width_ = std::max(label_width_, character_count(each.library->label()));
      for (const Competitor& competitor : analysis.competitors(each.library->label())) {
        all_.push_back(competitor);
        if (std::find(backends_.begin(), backends_.end(), competitor.backend) == backends_.end())
          backends_.push_back(competitor.backend);
      }
    }
    workloads_ = measured_workloads(analysis, all_);
  }

  std::string text(std::size_t columns) {
    std::string text;
    const std::size_t per_block = backends_in_a_block(columns);
    for (std::size_t first = 0; first < backends_.size(); first += per_block)
      text += block(first, std::min(first + per_block, backends_.size()), columns);
    return text + wrapped(legend_.in_words(), columns, 2);
  }

private:
  /// As many as fit, about the same number in each block.
  std::size_t backends_in_a_block(std::size_t columns) const {
    std::size_t widest = cell_width;
    for (const std::string& backend : backends_)
      for (const std::string& line : heading_lines(backend, cell_width))
        widest = std::max(widest, character_count(line));
    const std::size_t room = columns > 2 + label_width_ ? columns - 2 - label_width_ : 0;
    const std::size_t most = std::max<std::size_t>(1, room / (widest + gap));
    const std::size_t blocks = (backends_.size() + most - 1) / most;
    return blocks == 0 ? 1 : (backends_.size() + blocks - 1) / blocks;
  }

  std::string block(std::size_t first, std::size_t end, std::size_t columns) {
    // Headings in one line if that fits, else broken behind underscores.
    std::size_t whole = 2 + label_width_;
    for (std::size_t i = first; i < end; ++i)
      whole += gap + std::max(cell_width, character_count(backends_[i]));
    std::vector<std::vector<std::string>> headings;
    std::vector<std::size_t> widths;
    std::size_t lines = 0;
    for (std::size_t i = first; i < end; ++i) {
      headings.push_back(whole <= columns ? std::vector{backends_[i]}
                                          : heading_lines(backends_[i], cell_width));
      widths.push_back(cell_width);
      for (const std::string& line : headings.back())
        widths.back() = std::max(widths.back(), character_count(line));
      lines = std::max(lines, headings.back().size());
    }
    std::string text;
    for (std::size_t line = 0; line < lines; ++line) {
      std::string heading = fmt::format("  {:<{}}", "", label_width_);
      for (std::size_t i = 0; i < headings.size(); ++i) {
        const std::size_t above = lines - headings[i].size();
        heading += fmt::format("  {:>{}}", line < above ? "" : headings[i][line - above], widths[i]);
      }
      text += emphasized(heading, Emphasis::bold) + '\n';
    }
    for (const AuditedLibrary& each : libraries_) {
      text += fmt::format("  {:<{}}", each.library->label(), label_width_);
      for (std::size_t i = first; i < end; ++i) text += "  " + cell(each, backends_[i], widths[i - first]);
      text += '\n';
    }
    return text;
  }

  std::string cell(const AuditedLibrary& each, const std::string& backend, std::size_t width) {
    const std::string& label = each.library->label();
    const Competitor competitor{backend, label};
    const auto nothing = [&] {
      legend_.missing = true;
      return fmt::format("{:>{}}", "-  ", width);
    };
    if (std::find(all_.begin(), all_.end(), competitor) == all_.end()) return nothing();
    const std::optional<Competitor> baseline = own_baseline(analysis_, label, baseline_);
    const auto ratio = baseline ? analysis_.mean_ratio(competitor, *baseline) : std::nullopt;
    if (!ratio) {
      // One word if it is the same for all workloads.
      std::set<std::string> reasons;
      for (const std::string& workload : analysis_.workloads())
        reasons.insert(analysis_.missing(workload, competitor));
      if (reasons.size() != 1 || *reasons.begin() == "-") return nothing();
      return fmt::format("{:>{}}", *reasons.begin(), width);
    }
    const bool is_baseline = competitor == *baseline;
    const bool is_partial = analysis_.compared_workloads(competitor, *baseline) != workloads_;
    const bool is_resolved = ratio->excludes(1);
    const BackendAudit* const audit = each.audit->find(backend);
    const Mark& mark = mark_of(audit);
    const bool is_undeclared = audit != nullptr && !audit->as_expected;
    legend_.letters.insert(mark.letter);
    legend_.undeclared = legend_.undeclared || is_undeclared;
    legend_.fewer_workloads = legend_.fewer_workloads || is_partial;
    legend_.unresolved = legend_.unresolved || (!is_baseline && !is_partial && !is_resolved);
    const char sign = is_partial ? '*' : is_baseline || is_resolved ? ' ' : '~';
    const std::string value = is_baseline ? std::string("1") : fmt::format("{:.3f}", ratio->estimate);
    std::string text = fmt::format(
        "{:>{}}", fmt::format("{}{}{}{}", value, sign, mark.letter, is_undeclared ? '!' : ' '), width);
    if (is_baseline || !is_resolved) return text;
    return emphasized(text, ratio->estimate < 1 ? Emphasis::good : Emphasis::bad);
  }

  const Analysis& analysis_;
  const std::vector<AuditedLibrary>& libraries_;
  const Baseline& baseline_;
  std::vector<std::string> backends_; ///< In the order of their first library.
  std::vector<Competitor> all_;
  std::size_t workloads_ = 0;
  std::size_t label_width_ = 0;
  Legend legend_;
};

} // namespace

std::optional<Competitor> own_baseline(const Analysis& analysis, const std::string& library,
                                       const Baseline& baseline) {
  const Competitor own{baseline.backend, baseline.library.value_or(library)};
  return analysis.baseline_for(library, baseline) == own ? std::optional(own) : std::nullopt;
}

std::string mean_matrix(const Analysis& analysis, const std::vector<AuditedLibrary>& libraries,
                        const Baseline& baseline, std::size_t columns) {
  return Matrix(analysis, libraries, baseline).text(columns);
}

} // namespace dispatchbench
