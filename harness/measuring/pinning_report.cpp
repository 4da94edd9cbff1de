#include "measuring/pinning_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

namespace dispatchbench {
namespace {

std::string warning(const std::string& what, int cpu, const std::string& problem) {
  return fmt::format("{} not pinned{}, so the system may move what is measured: {}", what,
                     cpu >= 0 ? fmt::format(" to processor {}", cpu) : "", problem);
}

} // namespace

std::string pinning_warning(int cpu, const std::string& problem) {
  return warning("the processes are", cpu, problem);
}

std::vector<std::string> pinning_warnings(const Measurement& measurement, int cpu,
                                          const std::string& problem) {
  if (!problem.empty()) return {pinning_warning(cpu, problem)};
  std::map<std::string, std::vector<std::string>> libraries;
  for (const auto& [library, reason] : measurement.not_pinned)
    libraries[reason.empty() ? "its host doesn't say why; expected as in harness/sampling/protocol.h"
                             : reason]
        .push_back(library);
  std::vector<std::string> warnings;
  for (const auto& [reason, names] : libraries)
    warnings.push_back(
        warning(fmt::format("the processes of library {} are", fmt::join(names, ", ")), cpu, reason));
  return warnings;
}

} // namespace dispatchbench
