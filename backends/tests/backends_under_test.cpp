#include "backends_under_test.h"

#include "sampling/native_library.h"
#include "sampling/program_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <ostream>
#include <span>
#include <sstream>

#include <unistd.h>

namespace dispatchbench::testing {
namespace {

std::vector<BackendUnderTest> load_backends() {
  const char* const chosen = std::getenv("DISPATCHBENCH_LIBRARIES");
  std::stringstream paths(chosen != nullptr ? chosen : DISPATCHBENCH_DEFAULT_LIBRARY);
  std::vector<BackendUnderTest> backends;
  for (std::string path; std::getline(paths, path, ':');) {
    try {
      const BackendLibrary& library = load_library(path);
      for (const Backend& backend : std::span(library.backends, library.backend_count)) {
        std::string name = fmt::format("{}_{}", library.label, backend.name);
        for (char& character : name)
          if (std::isalnum(static_cast<unsigned char>(character)) == 0) character = '_';
        backends.push_back({std::move(name), &backend});
      }
    } catch (const std::exception& error) {
      fmt::print(stderr, "{}\n", error.what());
      std::exit(1);
    }
  }
  return backends;
}

constexpr unsigned time_limit_seconds = 900;

// What is running, for the signal handler.
const char* volatile current_what = "nothing yet";
volatile std::uint64_t current_index = 0;
volatile std::uint64_t current_seed = 0;

constexpr std::array fatal_signals{SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGALRM};
std::array<struct sigaction, fatal_signals.size()> earlier_actions;

void report_and_go_on(int signal) {
  std::array<char, 256> text{};
  const int length = std::snprintf(text.data(), text.size(), "\n%s: %s, in state %llu of seed %llu\n",
                                   current_what, signal == SIGALRM ? "does not end" : "crashed",
                                   static_cast<unsigned long long>(current_index),
                                   static_cast<unsigned long long>(current_seed));
  if (length > 0 && write(STDERR_FILENO, text.data(), static_cast<std::size_t>(length)) < 0) _exit(1);
  // Returning repeats the faulting instruction under the earlier action, which ends the process.
  for (std::size_t i = 0; i < fatal_signals.size(); ++i)
    sigaction(fatal_signals[i], &earlier_actions[i], nullptr);
  if (signal == SIGALRM) raise(SIGALRM);
}

} // namespace

const std::vector<BackendUnderTest>& backends_under_test() {
  static const std::vector<BackendUnderTest> backends = load_backends();
  return backends;
}

std::uint64_t parts_for([[maybe_unused]] const BackendUnderTest& backend) {
  if (const char* const asked = std::getenv("DISPATCHBENCH_TEST_PARTS"))
    return std::max<std::uint64_t>(1, std::strtoull(asked, nullptr, 10));
#if defined(DISPATCHBENCH_SANITIZED)
  // AddressSanitizer never hands out the same memory soon again, so a large allocation per state takes
  // milliseconds.
  return backend.backend->prepare != nullptr ? 64 : 16;
#elif defined(DISPATCHBENCH_EMULATED)
  return backend.backend->language == nullptr ? 4 : 1;
#else
  return 1;
#endif
}

std::uint64_t random_parts_for(const BackendUnderTest& backend) {
  const bool all = std::getenv("DISPATCHBENCH_TEST_PARTS") != nullptr;
  const bool on_request = (backend.backend->flags & DISPATCHBENCH_ON_REQUEST) != 0;
  return parts_for(backend) * (on_request && !all ? 4 : 1);
}

bool BackendUnderTest::prepare(Machine* machine) const {
  return backend->prepare == nullptr || backend->prepare(machine) == nullptr;
}

void BackendUnderTest::release(Machine* machine) const {
  if (backend->release != nullptr) backend->release(machine);
}

bool BackendUnderTest::run(Machine* machine) const {
  if (!prepare(machine)) return false;
  run_vector(*backend, machine);
  release(machine);
  return true;
}

std::ostream& operator<<(std::ostream& stream, const BackendUnderTest& backend) {
  return stream << backend.name;
}

CrashReport::CrashReport() {
  // A backend that has used up the stack leaves none for the handler.
  static std::array<std::byte, 0x10000> handler_stack;
  stack_t present{};
  if (sigaltstack(nullptr, &present) == 0 && (present.ss_flags & SS_DISABLE) != 0) {
    stack_t alternative{};
    alternative.ss_sp = handler_stack.data();
    alternative.ss_size = handler_stack.size();
    sigaltstack(&alternative, nullptr);
  }
  struct sigaction action{};
  action.sa_handler = report_and_go_on;
  action.sa_flags = SA_ONSTACK;
  for (std::size_t i = 0; i < fatal_signals.size(); ++i)
    sigaction(fatal_signals[i], &action, &earlier_actions[i]);
  alarm(time_limit_seconds);
}

CrashReport::~CrashReport() {
  alarm(0);
  for (std::size_t i = 0; i < fatal_signals.size(); ++i)
    sigaction(fatal_signals[i], &earlier_actions[i], nullptr);
}

void CrashReport::describe(const char* what, std::uint64_t index, std::uint64_t seed) {
  current_what = what;
  current_index = index;
  current_seed = seed;
}

} // namespace dispatchbench::testing
