#include "comparison_sampling.h"

#include "child_process.h"
#include "environment.h"
#include "errors.h"
#include "statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <link.h>
#include <numeric>
#include <poll.h>
#include <random>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace dispatchbench {
namespace {

constexpr std::uint32_t no_row = UINT32_MAX;

double nanoseconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

/// A chain in which each multiplication waits for the one before: its time depends on nothing but the clock.
void multiply(std::uint64_t steps) {
  std::uint64_t value = 0x9e3779b97f4a7c15;
  for (std::uint64_t step = 0; step < steps; ++step) {
    value *= 0xbf58476d1ce4e5b9;
    asm volatile("" : "+r"(value));
  }
}

Sample timed_run(RunFunction run, VirtualMachine& machine, const Workload& workload, std::uint64_t steps) {
  machine.reset(workload.rom);
  const double wall = nanoseconds(CLOCK_MONOTONIC);
  const double cpu = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
  machine.run_program(run, workload.input);
  multiply(steps);
  const double cpu_end = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
  return {cpu_end - cpu, nanoseconds(CLOCK_MONOTONIC) - wall};
}

/// Loads a library from a file of this process's own.
const BackendLibrary& load_private_copy(const LibraryImage& image) {
  const int file = memfd_create("backends", 0);
  if (file < 0) throw Failure(fmt::format("{}: no memory file for it: {}", image.path, std::strerror(errno)));
  write_all(file, image.bytes);
  return load_library(fmt::format("/proc/self/fd/{}", file));
}

/// The child's work: answers each row number with a sample, until it is ended.
[[noreturn]] void answer(Side side, const std::vector<ComparedRow>& rows, const PairSide& what, int cpu,
                         std::uint64_t seed, int connection) {
  int code = 1;
  try {
    if (cpu >= 0) pin_to(cpu);
    // Moves what is mapped from here on, the library first of all, by a distance that both sides of the pair
    // share.
    std::mt19937_64 random(seed);
    const std::size_t pages = 1 + random() % 4096;
    if (mmap(nullptr, pages * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) ==
        MAP_FAILED)
      throw Failure(fmt::format("no room for {} pages: {}", pages, std::strerror(errno)));
    const BackendLibrary& library = load_private_copy(*what.image);
    VirtualMachine machine;
    std::uint32_t last = no_row;
    for (std::uint32_t row = 0; recv(connection, &row, sizeof row, 0) == sizeof row;) {
      const Workload& workload = rows.at(row).reference->workload;
      const RunFunction run = find_backend(library, rows.at(row).backend(side));
      if (row != last) timed_run(run, machine, workload, 0); // No sample pays for page faults.
      last = row;
      const Sample sample =
          timed_run(run, machine, workload, what.added_steps.empty() ? 0 : what.added_steps.at(row));
      if (send(connection, &sample, sizeof sample, MSG_NOSIGNAL) != sizeof sample) break;
    }
    code = 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "dispatchbench: {}\n", error.what());
  }
  _exit(code);
}

/// How much of a library's file is ever loaded: up to the end of its last segment. Debug information lies
/// behind it, far longer than the code. Of a file that is no such library, all.
std::size_t loaded_bytes(const std::string& file) {
  ElfW(Ehdr) header{};
  if (file.size() < sizeof header) return file.size();
  std::memcpy(&header, file.data(), sizeof header);
  std::size_t end = 0;
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    ElfW(Phdr) segment{};
    const std::size_t at = header.e_phoff + i * header.e_phentsize;
    if (at + sizeof segment > file.size()) return file.size();
    std::memcpy(&segment, file.data() + at, sizeof segment);
    end = std::max<std::size_t>(end, segment.p_offset + segment.p_filesz);
  }
  return end == 0 ? file.size() : std::min(end, file.size());
}

[[noreturn]] void fail(const char* what) { throw Failure(fmt::format("{}: {}", what, std::strerror(errno))); }

} // namespace

const char* side_name(Side side) { return side == Side::base ? "base" : "head"; }

std::string ComparedRow::name() const {
  const std::string backends =
      base_backend == head_backend ? head_backend : head_backend + ':' + base_backend;
  return workload + '/' + backends;
}

LibraryImage read_image(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  LibraryImage image{path.string(), {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()}};
  if (!file || image.bytes.empty()) throw Failure(fmt::format("{}: can't be read", path.string()));
  image.bytes.resize(loaded_bytes(image.bytes));
  return image;
}

ProcessPair::ProcessPair(const std::vector<ComparedRow>& rows, const PairSide& base, const PairSide& head,
                         int cpu, std::uint64_t seed) {
  try {
    start(Side::base, rows, base, cpu, seed);
    start(Side::head, rows, head, cpu, seed);
  } catch (...) {
    stop();
    throw;
  }
}

ProcessPair::~ProcessPair() { stop(); }

void ProcessPair::start(Side side, const std::vector<ComparedRow>& rows, const PairSide& what, int cpu,
                        std::uint64_t seed) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) fail("socketpair");
  Child& started = child(side);
  started.connection = ends[0];
  started.process = fork();
  if (started.process == 0) {
    become_child();
    close(ends[0]);
    answer(side, rows, what, cpu, seed, ends[1]);
  }
  close(ends[1]);
  if (started.process < 0) fail("fork");
}

void ProcessPair::stop() {
  for (Child& each : children_) {
    if (each.process > 0) {
      kill(each.process, SIGKILL); // It holds nothing that has to be put in order.
      while (waitpid(each.process, nullptr, 0) < 0 && errno == EINTR) {
      }
    }
    if (each.connection >= 0) close(each.connection);
    each = {};
  }
}

Sample ProcessPair::take(Side side, std::size_t row, std::chrono::milliseconds time_out) {
  const Child& asked = child(side);
  const auto request = static_cast<std::uint32_t>(row);
  Sample sample;
  if (send(asked.connection, &request, sizeof request, MSG_NOSIGNAL) == sizeof request) {
    pollfd event{asked.connection, POLLIN, 0};
    int ready = 0;
    do ready = poll(&event, 1, static_cast<int>(time_out.count()));
    while (ready < 0 && errno == EINTR && !interrupted());
    if (ready == 0)
      throw SamplingFailure(side, fmt::format("the process of {} gave no answer within {} ms",
                                              side_name(side), time_out.count()));
    if (ready > 0 && recv(asked.connection, &sample, sizeof sample, 0) == sizeof sample) return sample;
  }
  throw SamplingFailure(side, fmt::format("the process of {} ended while it was measured", side_name(side)));
}

double mean_of_faster_half(std::vector<double> times) {
  const auto half = static_cast<std::ptrdiff_t>((times.size() + 1) / 2);
  std::nth_element(times.begin(), times.begin() + half - 1, times.end());
  return std::accumulate(times.begin(), times.begin() + half, 0.0) / static_cast<double>(half);
}

PairResult take_rounds(ProcessPair& pair, std::size_t row, int rounds, bool head_first,
                       std::chrono::milliseconds time_out) {
  std::vector<double> ratios, base_cpu, head_cpu, base_wall, head_wall;
  for (int round = 0; round < rounds; ++round) {
    const Side first = head_first ? Side::head : Side::base;
    const Side second = head_first ? Side::base : Side::head;
    const Sample one = pair.take(first, row, time_out);
    const Sample other = pair.take(second, row, time_out);
    const Sample& base = head_first ? other : one;
    const Sample& head = head_first ? one : other;
    ratios.push_back(std::log(head.cpu / base.cpu));
    base_cpu.push_back(base.cpu);
    head_cpu.push_back(head.cpu);
    base_wall.push_back(base.wall);
    head_wall.push_back(head.wall);
    head_first = !head_first;
  }
  const double base = mean_of_faster_half(base_cpu);
  const double head = mean_of_faster_half(head_cpu);
  return {std::log(head / base), std::log(mean_of_faster_half(head_wall) / mean_of_faster_half(base_wall)),
          median(ratios), base, head};
}

double step_nanoseconds() {
  constexpr std::uint64_t steps = 200'000;
  std::vector<double> times;
  for (int i = 0; i < 9; ++i) {
    const double start = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
    multiply(steps);
    times.push_back((nanoseconds(CLOCK_THREAD_CPUTIME_ID) - start) / static_cast<double>(steps));
  }
  return median(times);
}

} // namespace dispatchbench
