#include "system/environment.h"

#include "system/machine_identity.h"
#include "system/processors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

namespace dispatchbench {
namespace {

using nlohmann::ordered_json;

ordered_json or_null(const std::optional<std::string>& text) {
  return text ? ordered_json(*text) : ordered_json();
}

ordered_json turbo() {
  if (const auto off = first_line("/sys/devices/system/cpu/intel_pstate/no_turbo")) return *off == "0";
  if (const auto on = first_line("/sys/devices/system/cpu/cpufreq/boost")) return *on == "1";
  return nullptr;
}

ordered_json aslr() {
  const auto level = first_line("/proc/sys/kernel/randomize_va_space");
  if (!level) return nullptr;
  return *level != "0";
}

} // namespace

CpuTimes read_cpu_times() {
  std::ifstream file("/proc/stat");
  std::string name;
  file >> name;
  CpuTimes times;
  std::uint64_t value = 0;
  // user, nice, system, idle, iowait, irq, softirq, steal; what follows is already part of user.
  for (int i = 0; i < 8 && file >> value; ++i) {
    times.total += value;
    if (i == 7)
      times.steal = value;
    else if (i != 3 && i != 4)
      times.busy += value;
  }
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    getrusage(who, &usage);
    for (const timeval& time : {usage.ru_utime, usage.ru_stime})
      times.own += (static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6) *
                   static_cast<double>(sysconf(_SC_CLK_TCK));
  }
  return times;
}

Disturbance disturbance(const CpuTimes& before, const CpuTimes& after, unsigned processors) {
  if (after.total <= before.total) return {};
  const double total = static_cast<double>(after.total - before.total);
  const double others = static_cast<double>(after.busy - before.busy) - (after.own - before.own);
  return {100 * static_cast<double>(after.steal - before.steal) / total,
          std::max(0.0, others / total * processors)};
}

ordered_json describe_machine() {
  std::array<double, 1> load{};
  const bool has_load = getloadavg(load.data(), 1) == 1;
  const std::optional<double> quota = processor_quota("/");
  ordered_json machine = machine_identity(this_system());
  machine["cpu_quota"] = quota ? ordered_json(*quota) : ordered_json();
  machine["governor"] = or_null(first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"));
  machine["turbo"] = turbo();
  machine["aslr"] = aslr();
  machine["load_average"] = has_load ? ordered_json(load[0]) : ordered_json();
  return machine;
}

std::vector<std::string> machine_warnings(const ordered_json& machine) {
  const auto field = [&](const char* name) {
    return machine.contains(name) ? machine[name] : ordered_json();
  };
  std::vector<std::string> warnings;
  if (field("governor").is_string() && field("governor") != "performance")
    warnings.push_back(fmt::format(
        "the frequency governor is \"{}\", so the clock changes while measuring; remedy: cpupower "
        "frequency-set --governor performance",
        field("governor").get<std::string>()));
  if (field("turbo") == true)
    warnings.emplace_back(
        "turbo is on, so the clock depends on temperature and neighbours; remedy: switch it off "
        "(/sys/devices/system/cpu/intel_pstate/no_turbo or .../cpufreq/boost)");
  if (field("smt") == true)
    warnings.emplace_back(
        "SMT is on, so another thread can share the measured core; remedy: keep its sibling idle, or "
        "echo off > /sys/devices/system/cpu/smt/control");
  if (field("core_kinds").is_array())
    warnings.push_back(
        fmt::format("the processors are of different kinds ({}), so times depend on which one is measured; "
                    "remedy: name it with --cpu, the same one every time",
                    fmt::join(field("core_kinds").get<std::vector<std::string>>(), " and ")));
  // Two: the measured process and this program.
  if (field("cpu_quota").is_number() && field("cpu_quota") < 2)
    warnings.push_back(fmt::format(
        "a control group limits this process to {:.3g} processors' time, so it stands still now and "
        "then, which CPU time doesn't show but wall time does; remedy: raise the quota to 2 or more",
        field("cpu_quota").get<double>()));
  if (field("hypervisor").is_string() && field("hypervisor") != "none")
    warnings.push_back(
        fmt::format("this is a virtual machine ({}), whose speed drifts; remedy: quote ratios of one run, "
                    "never absolute times, or measure on hardware of your own",
                    field("hypervisor").get<std::string>()));
  return warnings;
}

std::optional<std::string> git_revision() {
  const std::unique_ptr<FILE, int (*)(FILE*)> git(popen("git -C '" DISPATCHBENCH_SOURCE_FOLDER
                                                        "' describe --always --dirty --abbrev=12 2>/dev/null",
                                                        "r"),
                                                  pclose);
  std::array<char, 128> line{};
  if (!git || std::fgets(line.data(), line.size(), git.get()) == nullptr) return std::nullopt;
  std::string revision = line.data();
  while (!revision.empty() && revision.back() == '\n') revision.pop_back();
  return revision;
}

std::vector<int> allowed_cpus() {
  cpu_set_t allowed;
  std::vector<int> cpus;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &allowed)) cpus.push_back(cpu);
  return cpus;
}

int last_allowed_cpu() {
  const std::vector<int> allowed = allowed_cpus();
  for (const ProcessorKind& kind : processor_kinds("/")) {
    const std::vector<int> of_kind = parse_processor_list(kind.processors);
    const auto last = std::find_if(allowed.rbegin(), allowed.rend(), [&](int cpu) {
      return std::find(of_kind.begin(), of_kind.end(), cpu) != of_kind.end();
    });
    if (last != allowed.rend()) return *last;
  }
  return allowed.empty() ? -1 : allowed.back();
}

bool is_pinned_to(int cpu) { return allowed_cpus() == std::vector{cpu}; }

bool pin_to(int cpu) {
  if (cpu < 0 || cpu >= CPU_SETSIZE) return false;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return sched_setaffinity(0, sizeof set, &set) == 0;
}

} // namespace dispatchbench
