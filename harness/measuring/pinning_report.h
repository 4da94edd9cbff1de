// What a reader has to know of processes that weren't pinned.
#pragma once

#include "measuring/measurement.h"

#include <string>
#include <vector>

namespace dispatchbench {

/// Warnings about processes that should have been pinned to `cpu` and weren't, by their reason. `problem` is
/// why this program itself can't be, empty if it can: then no process needs telling.
std::vector<std::string> pinning_warnings(const Measurement& measurement, int cpu,
                                          const std::string& problem);

/// The warning about this program not being pinned to `cpu` (-1: none is known).
std::string pinning_warning(int cpu, const std::string& problem);

} // namespace dispatchbench
