#include "system/affinity.h"

#include "system/processors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace dispatchbench {
namespace {

/// A set of as many processors as the system has, however many.
using Mask = std::vector<cpu_set_t>;

std::size_t bytes(const Mask& mask) { return mask.size() * sizeof(cpu_set_t); }

/// What a failed call means: it, the system's reason, and what would change it.
std::string refusal(const std::string& call, int error) {
  const char* remedy = "";
  switch (error) {
  case EPERM:
  case EACCES:
    remedy =
        "; a sandbox refuses the call: allow it in the container's seccomp profile, or run outside of the "
        "container";
    break;
  case ENOSYS: remedy = "; the sandbox or emulator lacks the call: run outside of it"; break;
  case EINVAL:
    remedy = "; the processor is offline, or outside of this process's cpuset: name another one with --cpu";
    break;
  default: break;
  }
  return fmt::format("{}: {}{}", call, std::strerror(error), remedy);
}

/// The calling thread's mask. Returns 0, or an errno.
int read_mask(Mask& mask, const AffinityCalls& calls) {
  constexpr std::size_t most = 1024; // A million processors: beyond that, EINVAL has another reason.
  for (std::size_t size = 1;; size *= 2) {
    mask.assign(size, cpu_set_t{});
    const int error = -calls.get(bytes(mask), mask.data());
    // A set that is too small for the system's processors.
    if (error != EINVAL || size >= most) return error;
  }
}

Mask mask_of(int cpu) {
  const auto at = static_cast<std::size_t>(cpu);
  Mask mask(at / CPU_SETSIZE + 1);
  CPU_SET_S(at, bytes(mask), mask.data());
  return mask;
}

std::string set_to(int cpu, const AffinityCalls& calls) {
  if (cpu < 0) return "no processor to pin to is known";
  const Mask wanted = mask_of(cpu);
  if (const int error = -calls.set(bytes(wanted), wanted.data()); error != 0)
    return refusal(fmt::format("sched_setaffinity(processor {})", cpu), error);
  // Some sandboxes report success and do nothing.
  const AllowedProcessors now = allowed_processors(calls);
  if (!now.problem.empty() || now.processors == std::vector{cpu}) return "";
  return fmt::format(
      "sched_setaffinity(processor {}): reported success, but the process may still run on {}; "
      "a sandbox ignores the call: run outside of it",
      cpu, processor_list(now.processors));
}

} // namespace

AffinityCalls AffinityCalls::of_the_system() {
  const auto negative_errno = [](int result) { return result < 0 ? -errno : 0; };
  return {[=](std::size_t size, cpu_set_t* set) { return negative_errno(sched_getaffinity(0, size, set)); },
          [=](std::size_t size, const cpu_set_t* set) {
            return negative_errno(sched_setaffinity(0, size, set));
          }};
}

AllowedProcessors allowed_processors(const AffinityCalls& calls) {
  Mask mask;
  if (const int error = read_mask(mask, calls); error != 0) return {{}, refusal("sched_getaffinity", error)};
  AllowedProcessors allowed;
  for (std::size_t cpu = 0; cpu < mask.size() * CPU_SETSIZE; ++cpu)
    if (CPU_ISSET_S(cpu, bytes(mask), mask.data())) allowed.processors.push_back(static_cast<int>(cpu));
  return allowed;
}

bool is_pinned_to(int cpu) { return allowed_processors().processors == std::vector{cpu}; }

std::string pin_to(int cpu, const AffinityCalls& calls) { return set_to(cpu, calls); }

std::string run_on(int cpu, const std::function<void()>& work, const AffinityCalls& calls) {
  Mask before;
  const int error = read_mask(before, calls);
  std::string problem = error != 0 ? refusal("sched_getaffinity", error) : set_to(cpu, calls);
  work();
  if (error == 0) calls.set(bytes(before), before.data());
  return problem;
}

std::string pin_problem(int cpu) {
  return run_on(cpu, [] {});
}

} // namespace dispatchbench
