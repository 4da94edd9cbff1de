// Layout as a factor: variants of a library that differ only in where its code lies, and what that alone
// does.
#pragma once

#include "analysis.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dispatchbench {

/// The library of which `label` is a layout variant: "clang" for "clang@layout3"; nothing for any other
/// label.
std::optional<std::string> layout_of(const std::string& label);

/// The libraries in a folder that tools/layouts made, named by their files, in order. Throws Failure if there
/// is none, or a file isn't named LABEL@layoutN.so.
std::vector<LibraryFile> layout_files(const std::filesystem::path& folder);

/// How far the layouts of one library lie apart, for one backend on one workload.
struct LayoutSpread {
  double fastest = 0; ///< Nanoseconds per VM instruction.
  double slowest = 0;
  int layouts = 0; ///< The original among them, if it was measured.

  double ratio() const { return slowest / fastest; }
};

/// Nothing if fewer than two layouts were measured.
std::optional<LayoutSpread> layout_spread(const Analysis& analysis, const std::string& workload,
                                          const std::string& backend, const std::string& original);

/// For the terminal: the spread of every backend, and each effect over the baseline, marked where layout
/// alone does as much. Empty if `original` has no layout variants.
std::string layout_report(const Analysis& analysis, const std::string& original);

} // namespace dispatchbench
