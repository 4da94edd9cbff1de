#include "system/probe.h"

#include "system/affinity.h"

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <limits>

namespace dispatchbench {
namespace {

double monotonic_seconds() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

#if defined(__x86_64__)
#define DISPATCHBENCH_ADD(chain) "add %6, %" #chain "\n\t"
#elif defined(__aarch64__)
#define DISPATCHBENCH_ADD(chain) "add %" #chain ", %" #chain ", %6\n\t"
#else
#error "the probe has no code for this architecture: add the line above for it"
#endif
#define DISPATCHBENCH_ADD_TO_ALL                                                                             \
  DISPATCHBENCH_ADD(0)                                                                                       \
  DISPATCHBENCH_ADD(1)                                                                                       \
  DISPATCHBENCH_ADD(2) DISPATCHBENCH_ADD(3) DISPATCHBENCH_ADD(4) DISPATCHBENCH_ADD(5)

/// Six chains of additions, which only the number of execution units slows down. In assembly, since a
/// compiler would find their sums without adding.
[[gnu::noinline]] void add_in_parallel(std::uint64_t steps) {
  std::uint64_t a = 1, b = 2, c = 3, d = 4, e = 5, f = 6;
  for (; steps != 0; --steps)
    asm volatile(
        DISPATCHBENCH_ADD_TO_ALL DISPATCHBENCH_ADD_TO_ALL DISPATCHBENCH_ADD_TO_ALL DISPATCHBENCH_ADD_TO_ALL
        : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f)
        : "r"(steps)
        : "cc");
}

#undef DISPATCHBENCH_ADD_TO_ALL
#undef DISPATCHBENCH_ADD

} // namespace

void multiply_in_sequence(std::uint64_t steps) {
  std::uint64_t value = 0x9e3779b97f4a7c15;
  for (std::uint64_t step = 0; step < steps; ++step) {
    value *= 0xbf58476d1ce4e5b9;
    asm volatile("" : "+r"(value));
  }
}

ProbeReading read_probe() {
  constexpr std::uint64_t additions = 5'000;        // 24 each.
  constexpr std::uint64_t multiplications = 12'000; // Both take some 12 microseconds at 3 GHz.
  double adding = std::numeric_limits<double>::infinity();
  double multiplying = std::numeric_limits<double>::infinity();
  double end = 0;
  for (int again = 0; again < 3; ++again) {
    const double start = monotonic_seconds();
    add_in_parallel(additions);
    const double middle = monotonic_seconds();
    multiply_in_sequence(multiplications);
    end = monotonic_seconds();
    adding = std::min(adding, middle - start);
    multiplying = std::min(multiplying, end - middle);
  }
  return {end, adding / multiplying};
}

void read_probe_if_due(std::vector<ProbeReading>& readings) {
  constexpr double seconds_between = 0.01;
  if (readings.empty() || monotonic_seconds() > readings.back().seconds + seconds_between)
    readings.push_back(read_probe());
}

ProbeReading read_probe_on(int cpu) {
  ProbeReading reading;
  run_on(cpu, [&] { reading = read_probe(); });
  return reading;
}

} // namespace dispatchbench
