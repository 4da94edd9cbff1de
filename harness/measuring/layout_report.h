// Layout as a factor, for the terminal: variants of a library that differ only in where its code lies.
#pragma once

#include "measuring/analysis.h"

#include <string>

namespace dispatchbench {

/// The spread of every row over the layouts of the library labelled `original`, and the effects over its
/// baseline, those within layout noise marked `~`. Empty with fewer than two layouts.
std::string layout_report(const Analysis& analysis, const std::string& original, const Baseline& baseline);

} // namespace dispatchbench
