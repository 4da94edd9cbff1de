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
#include <sys/resource.h>
#include <unistd.h>

namespace dispatchbench {
namespace {

using nlohmann::ordered_json;

ordered_json or_null(const std::optional<std::string>& text) {
  return text ? ordered_json(*text) : ordered_json();
}

/// A field, null if there is none.
ordered_json field_of(const ordered_json& machine, const char* name) {
  return machine.contains(name) ? machine[name] : ordered_json();
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

ordered_json describe_machine(int cpu) {
  std::array<double, 1> load{};
  const bool has_load = getloadavg(load.data(), 1) == 1;
  const std::vector<CpuQuota> quotas = cpu_quotas("/");
  ordered_json machine = machine_identity(this_system(cpu));
  machine["cpu_quota"] = quotas.empty() ? ordered_json() : ordered_json(quotas.front().processors);
  machine["cpu_quota_group"] = quotas.empty() ? ordered_json() : ordered_json(quotas.front().group);
  machine["governor"] = or_null(
      first_line(fmt::format("/sys/devices/system/cpu/cpu{}/cpufreq/scaling_governor", std::max(0, cpu))));
  machine["turbo"] = turbo();
  machine["aslr"] = aslr();
  machine["load_average"] = has_load ? ordered_json(load[0]) : ordered_json();
  return machine;
}

void add_throttling(ordered_json& machine, const std::vector<CpuQuota>& before,
                    const std::vector<CpuQuota>& after) {
  const std::optional<CpuQuota> found = throttling(before, after);
  machine["throttling"] = found ? ordered_json{{"group", found->group},
                                               {"processors", found->processors},
                                               {"periods", found->periods},
                                               {"throttled_periods", found->throttled_periods},
                                               {"seconds", found->throttled_seconds}}
                                : ordered_json();
}

std::string kind_warning(const ordered_json& machine) {
  if (!machine.contains("core_kinds")) return "";
  const auto kinds = machine["core_kinds"].get<std::vector<std::string>>();
  const std::string kind = machine.value("core_kind", any_kind);
  if (kind == fastest_kind) return "";
  if (kind == any_kind)
    return fmt::format("the processors are of different kinds ({}), so times depend on which one the system "
                       "chooses; remedy: let this program pin itself, without --no-pin",
                       fmt::join(kinds, " and "));
  return fmt::format("the measured processor is one of the kind \"{}\", slower than {}, and its times aren't "
                     "comparable with theirs; remedy: --cpu with one of {}",
                     kind, kinds.front(), kinds.front());
}

std::string quota_warning(const ordered_json& machine) {
  constexpr const char* remedy = "remedy: raise the quota to 2 or more, or run outside of the container";
  if (const ordered_json found = field_of(machine, "throttling"); found.is_object()) {
    if (found["throttled_periods"] == 0) return "";
    return fmt::format("throttled in {} of {} periods by the CPU quota of the control group {} ({:.3g} "
                       "processors): wall times are wrong, ratios of CPU times hold; {}",
                       found["throttled_periods"].get<std::uint64_t>(), found["periods"].get<std::uint64_t>(),
                       found["group"].get<std::string>(), found["processors"].get<double>(), remedy);
  }
  // Two: the measured process and this program.
  const ordered_json quota = field_of(machine, "cpu_quota");
  if (!quota.is_number() || quota >= 2) return "";
  return fmt::format("the control group {} limits this process to {:.3g} processors' time, so it may stand "
                     "still now and then, which wall times include; {}",
                     machine.value("cpu_quota_group", "around it"), quota.get<double>(), remedy);
}

std::vector<std::string> machine_warnings(const ordered_json& machine) {
  const auto field = [&](const char* name) { return field_of(machine, name); };
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
  if (std::string warning = kind_warning(machine); !warning.empty()) warnings.push_back(std::move(warning));
  if (std::string warning = quota_warning(machine); !warning.empty()) warnings.push_back(std::move(warning));
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

} // namespace dispatchbench
