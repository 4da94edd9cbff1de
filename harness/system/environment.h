// The machine that the measurement runs on: what a reader of a result has to know, and what to warn of.
#pragma once

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

/// The machine's identity, then quota, governor, turbo, ASLR and load. What can't be read here is null.
nlohmann::ordered_json describe_machine();

/// Warnings about that machine, each with its remedy.
std::vector<std::string> machine_warnings(const nlohmann::ordered_json& machine);

/// `git describe` of the tree this program was built from; nothing outside a checkout.
std::optional<std::string> git_revision();

/// The processors this process may run on; empty if that can't be told.
std::vector<int> allowed_cpus();

/// The last processor of the fastest kind that this process may run on, or -1 if that can't be told.
int last_allowed_cpu();

/// Whether this process may run on `cpu` alone.
bool is_pinned_to(int cpu);

/// Pins this process to `cpu`. Returns false where that isn't allowed.
bool pin_to(int cpu);

} // namespace dispatchbench
