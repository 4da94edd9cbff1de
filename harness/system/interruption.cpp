#include "system/interruption.h"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace dispatchbench {
namespace {

volatile std::sig_atomic_t signal_seen = 0;
std::array<int, 2> noted{-1, -1};              ///< A pipe, so that no wait can miss a signal.
std::array<std::atomic<pid_t>, 64> children{}; ///< 0: a free place. Ends of a pair, a runner and an audit.
static_assert(std::atomic<pid_t>::is_always_lock_free, "a signal handler reads them");

void note(int signal) {
  const int error = errno;
  if (signal_seen != 0) {
    for (const std::atomic<pid_t>& child : children)
      if (const pid_t group = child.load(); group > 0) kill(-group, SIGKILL);
    std::signal(signal, SIG_DFL);
    raise(signal); // It arrives when this handler returns.
  }
  signal_seen = signal;
  if (write(noted[1], "", 1) < 0) errno = error; // Full: then there is something to read, too.
  errno = error;
}

} // namespace

void watch_for_interrupt() {
  if (noted[0] >= 0 || pipe2(noted.data(), O_CLOEXEC | O_NONBLOCK) != 0) return;
  struct sigaction action{};
  action.sa_handler = note;
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before{};
    sigaction(signal, nullptr, &before);
    if (signal == SIGHUP && before.sa_handler == SIG_IGN) continue;
    sigaction(signal, &action, nullptr);
  }
}

void stop_watching_for_interrupt() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_DFL);
  for (int& end : noted) {
    if (end >= 0) close(end);
    end = -1;
  }
  for (std::atomic<pid_t>& child : children) child = 0;
  signal_seen = 0;
}

bool interrupted() { return signal_seen != 0; }

void check_interrupted(const char* during) {
  if (interrupted()) throw Interrupted(fmt::format("interrupted while {}; there is nothing to keep", during));
}

int exit_code_of_interruption() {
  constexpr int of_signals = 128;
  return of_signals + signal_seen;
}

int interruption_descriptor() { return noted[0]; }

void add_child(pid_t group) {
  for (std::atomic<pid_t>& child : children) {
    pid_t free = 0;
    if (child.compare_exchange_strong(free, group)) return;
  }
}

void remove_child(pid_t group) {
  for (std::atomic<pid_t>& child : children) {
    pid_t known = group;
    if (child.compare_exchange_strong(known, 0)) return;
  }
}

} // namespace dispatchbench
