// The machine that the measurement runs on: what a reader of a result has to know, and what to warn of.
#pragma once

#include "system/control_groups.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dispatchbench {

/// The system's time so far, in ticks, summed over its processors.
struct CpuTimes {
  std::uint64_t total = 0;
  std::uint64_t steal = 0; ///< Taken by other virtual machines.
  std::uint64_t busy = 0;  ///< Spent by any process.
  double own = 0;          ///< Spent by this process and its children that have ended.
};
CpuTimes read_cpu_times();

/// What disturbed the time between two readings.
struct Disturbance {
  double steal_percent = 0;
  double other_processes = 0; ///< How many processors other processes kept busy, on average.
};
Disturbance disturbance(const CpuTimes& before, const CpuTimes& after, unsigned processors);

/// The machine's identity for what is measured on `cpu` (-1: on any), then quota, governor, turbo, ASLR and
/// load. What can't be read here is null.
nlohmann::ordered_json describe_machine(int cpu);

/// Adds how often a CPU quota stopped this process between two readings.
void add_throttling(nlohmann::ordered_json& machine, const std::vector<CpuQuota>& before,
                    const std::vector<CpuQuota>& after);

/// The warning about a processor that isn't of the fastest kind; empty if there is nothing to say.
std::string kind_warning(const nlohmann::ordered_json& machine);

/// The warning about a CPU quota: one that stopped this process, or where that isn't counted, one that can.
/// Empty if there is nothing to say.
std::string quota_warning(const nlohmann::ordered_json& machine);

/// All warnings about that machine, each with its remedy.
std::vector<std::string> machine_warnings(const nlohmann::ordered_json& machine);

/// `git describe` of the tree this program was built from; nothing outside a checkout.
std::optional<std::string> git_revision();

} // namespace dispatchbench
