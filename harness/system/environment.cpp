#include "system/environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <sched.h>
#include <sstream>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <thread>
#include <unistd.h>

namespace dispatchbench {
namespace {

using nlohmann::ordered_json;

std::optional<std::string> first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return line;
}

ordered_json or_null(const std::optional<std::string>& text) {
  return text ? ordered_json(*text) : ordered_json();
}

/// The value behind "name<tabs>: " in /proc/cpuinfo, of the first processor.
std::optional<std::string> cpuinfo(std::string_view name) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(name)) continue;
    const auto colon = line.find(": ");
    if (colon != std::string::npos) return line.substr(colon + 2);
  }
  return std::nullopt;
}

std::string cpu_model() {
  if (auto model = cpuinfo("model name")) return *model;
  // AArch64 kernels name implementer and part numbers only.
  const auto implementer = cpuinfo("CPU implementer");
  const auto part = cpuinfo("CPU part");
  if (implementer && part) return fmt::format("implementer {} part {}", *implementer, *part);
  return "unknown";
}

ordered_json turbo() {
  if (const auto off = first_line("/sys/devices/system/cpu/intel_pstate/no_turbo")) return *off == "0";
  if (const auto on = first_line("/sys/devices/system/cpu/cpufreq/boost")) return *on == "1";
  return nullptr;
}

ordered_json virtualization() {
  const auto flags = cpuinfo("flags");
  const bool hypervisor = flags && (*flags + ' ').find(" hypervisor ") != std::string::npos;
  const auto vendor = first_line("/sys/class/dmi/id/sys_vendor");
  if (hypervisor) return vendor.value_or("hypervisor of unknown vendor");
  return flags ? ordered_json("none") : ordered_json();
}

ordered_json aslr() {
  const auto level = first_line("/proc/sys/kernel/randomize_va_space");
  if (!level) return nullptr;
  return *level != "0";
}

/// Size of each cache that processor 0 has, for example {"L1d": "48K"}.
ordered_json caches() {
  ordered_json sizes = ordered_json::object();
  for (int i = 0;; ++i) {
    const std::string folder = fmt::format("/sys/devices/system/cpu/cpu0/cache/index{}/", i);
    const auto level = first_line(folder + "level");
    const auto type = first_line(folder + "type");
    const auto size = first_line(folder + "size");
    if (!level || !type || !size) return sizes;
    const char* suffix = *type == "Data" ? "d" : *type == "Instruction" ? "i" : "";
    sizes[fmt::format("L{}{}", *level, suffix)] = *size;
  }
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
  utsname system{};
  uname(&system);
  std::array<double, 1> load{};
  const bool has_load = getloadavg(load.data(), 1) == 1;
  const unsigned cores = std::thread::hardware_concurrency();
  ordered_json machine{
      {"cpu_model", cpu_model()},
      {"architecture", system.machine},
      {"cores", cores},
      {"caches", caches()},
      {"governor", or_null(first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"))},
      {"turbo", turbo()},
      {"smt", or_null(first_line("/sys/devices/system/cpu/smt/active"))},
      {"virtualization", virtualization()},
      {"aslr", aslr()},
      {"kernel", fmt::format("{} {}", system.sysname, system.release)},
      {"load_average", has_load ? ordered_json(load[0]) : ordered_json()},
  };
  if (machine["smt"].is_string()) machine["smt"] = machine["smt"] == "1";
  // What has to agree for two results to be compared.
  machine["fingerprint"] =
      fmt::format("{}, {} x {}, virtualization {}", machine["cpu_model"].get<std::string>(), cores,
                  system.machine, machine["virtualization"].dump());
  return machine;
}

std::vector<std::string> machine_warnings(const ordered_json& machine) {
  std::vector<std::string> warnings;
  if (machine["governor"].is_string() && machine["governor"] != "performance")
    warnings.push_back(fmt::format(
        "the frequency governor is \"{}\", so the clock changes while measuring; remedy: cpupower "
        "frequency-set --governor performance",
        machine["governor"].get<std::string>()));
  if (machine["turbo"] == true)
    warnings.emplace_back(
        "turbo is on, so the clock depends on temperature and neighbours; remedy: switch it off "
        "(/sys/devices/system/cpu/intel_pstate/no_turbo or .../cpufreq/boost)");
  if (machine["smt"] == true)
    warnings.emplace_back(
        "SMT is on, so another thread can share the measured core; remedy: keep its sibling idle, or "
        "echo off > /sys/devices/system/cpu/smt/control");
  if (machine["virtualization"].is_string() && machine["virtualization"] != "none")
    warnings.push_back(
        fmt::format("this is a virtual machine ({}), whose speed drifts; remedy: quote ratios of one run, "
                    "never absolute times, or measure on hardware of your own",
                    machine["virtualization"].get<std::string>()));
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
  const std::vector<int> cpus = allowed_cpus();
  return cpus.empty() ? -1 : cpus.back();
}

bool is_pinned_to(int cpu) {
  cpu_set_t allowed;
  return cpu >= 0 && cpu < CPU_SETSIZE && sched_getaffinity(0, sizeof allowed, &allowed) == 0 &&
         CPU_COUNT(&allowed) == 1 && CPU_ISSET(cpu, &allowed);
}

bool pin_to(int cpu) {
  if (cpu < 0 || cpu >= CPU_SETSIZE) return false;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return sched_setaffinity(0, sizeof set, &set) == 0;
}

} // namespace dispatchbench
