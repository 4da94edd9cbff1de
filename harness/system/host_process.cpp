#include "system/host_process.h"

#include "system/errors.h"
#include "system/interruption.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace dispatchbench {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) { throw Failure(fmt::format("{}: {}", what, std::strerror(errno))); }

struct Pipe {
  int read_end = -1;
  int write_end = -1;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe");
  return {ends[0], ends[1]};
}

/// Both directions between a parent and a child.
struct Connection {
  Pipe to_host = make_pipe();
  Pipe from_host = make_pipe();

  void close_host_ends() const {
    close(to_host.read_end);
    close(from_host.write_end);
  }
  void close_own_ends() const {
    close(to_host.write_end);
    close(from_host.read_end);
  }
};

/// In a child just forked: it dies with its parent, and has the default signals whatever the parent does
/// about them. `parent` is the process that forked it.
void become_child(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(exit_failure); // It ended before that.
  setpgid(0, 0); // What a host starts ends with it; Ctrl-C is for the parent to act on.
  stop_watching_for_interrupt();
  std::signal(SIGPIPE, SIG_DFL);
}

/// Gives this process, about to become another program, a standard error that it shares with nobody: what it
/// sets, as JavaScript engines set O_NONBLOCK on pipes, would hold for all who have inherited the same one,
/// and the parent's output would fail when the pipe is full. A file's place would be lost, so it stays.
void separate_standard_error() {
  struct stat status{};
  if (fstat(STDERR_FILENO, &status) != 0 || (!S_ISFIFO(status.st_mode) && !S_ISCHR(status.st_mode))) return;
  const int own = open("/proc/self/fd/2", O_WRONLY | O_NOCTTY | O_CLOEXEC);
  if (own >= 0) dup2(own, STDERR_FILENO);
}

pid_t fork_or_fail(const Connection& connection) {
  std::fflush(stdout); // A child must not print it again.
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) become_child(parent);
  if (child > 0) {
    setpgid(child, child); // Here, too: it may be ended before it has come that far.
    add_child(child);
  }
  if (child >= 0) return child;
  connection.close_host_ends();
  connection.close_own_ends();
  fail("fork");
}

/// Waits until the process has ended. Returns its status.
int reap(pid_t process) {
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

/// Ends the process and whatever it started.
void end(pid_t process) {
  kill(-process, SIGKILL);
  kill(process, SIGKILL);
}

/// Waits until `fd` is ready for `events`. Throws HostEnded when it isn't by `deadline` or after Ctrl-C;
/// `begin` is when the wait as a whole began.
void wait_for(int fd, short events, Clock::time_point begin, Clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    std::array<pollfd, 2> waited{{{fd, events, 0}, {interruption_descriptor(), POLLIN, 0}}};
    const int ready =
        left > 0 ? poll(waited.data(), waited.size(), static_cast<int>(std::min<long>(left, 1'000'000'000)))
                 : 0;
    if (interrupted()) throw HostEnded("was interrupted");
    if (ready > 0) return;
    if (ready == 0)
      throw HostEnded(
          fmt::format("didn't end within {:.3g} s", std::chrono::duration<double>(deadline - begin).count()));
    if (errno != EINTR) fail("poll");
  }
}

} // namespace

HostProcess::HostProcess(pid_t process, int to_host, int from_host)
    : process_(process), to_host_(to_host), from_host_(from_host), lines_(from_host) {
  fcntl(to_host_, F_SETFL, O_NONBLOCK); // A host that has stopped reading is noticed by the deadline.
}

HostProcess::HostProcess(HostProcess&& other) noexcept
    : process_(std::exchange(other.process_, -1)), to_host_(std::exchange(other.to_host_, -1)),
      from_host_(std::exchange(other.from_host_, -1)), lines_(std::move(other.lines_)) {}

HostProcess HostProcess::start(const std::vector<std::string>& command, const std::string& program) {
  const Connection connection;
  std::vector<std::string> words = command;
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const std::string executable = program.empty() ? command.at(0) : program;
  const pid_t child = fork_or_fail(connection);
  if (child == 0) {
    dup2(connection.to_host.read_end, STDIN_FILENO);
    dup2(connection.from_host.write_end, STDOUT_FILENO);
    separate_standard_error();
    execvp(executable.c_str(), pointers.data());
    constexpr int not_executed = 127; // As a shell has it.
    _exit(not_executed);
  }
  connection.close_host_ends();
  return {child, connection.to_host.write_end, connection.from_host.read_end};
}

HostProcess HostProcess::fork_this(const std::function<int(int in, int out)>& work) {
  const Connection connection;
  const pid_t child = fork_or_fail(connection);
  if (child == 0) {
    connection.close_own_ends();
    int code = 0;
    try {
      code = work(connection.to_host.read_end, connection.from_host.write_end);
    } catch (...) {
      code = exit_failure; // Nothing may return into what the parent was doing.
    }
    _exit(code);
  }
  connection.close_host_ends();
  return {child, connection.to_host.write_end, connection.from_host.read_end};
}

void HostProcess::send(const std::string& line, Clock::time_point deadline) {
  const Clock::time_point begin = Clock::now();
  const std::string text = line + '\n';
  for (std::size_t done = 0; done < text.size();) {
    wait_for(to_host_, POLLOUT, begin, deadline);
    const ssize_t count = write_some(to_host_, std::string_view(text).substr(done));
    if (count < 0 && errno != EAGAIN && errno != EINTR) return; // How it ended shows in the answer.
    if (count > 0) done += static_cast<std::size_t>(count);
  }
}

Clock::time_point HostProcess::no_deadline() { return Clock::now() + std::chrono::hours(24 * 365); }

std::string HostProcess::receive(Clock::time_point deadline) {
  constexpr std::size_t longest_line = 256U << 20U;
  const Clock::time_point begin = Clock::now();
  for (std::string line;;) {
    if (lines_.take(line)) return line;
    if (lines_.pending() > longest_line) throw HostEnded("sent a line of more than 256 MiB");
    wait_for(from_host_, POLLIN, begin, deadline);
    if (!lines_.fill()) throw HostEnded(end_of_process());
  }
}

std::string HostProcess::end_of_process() {
  const pid_t process = std::exchange(process_, -1);
  remove_child(process);
  // It has closed its output: nearly always because it has ended, or is about to.
  const Clock::time_point deadline = Clock::now() + std::chrono::seconds(1);
  int status = 0;
  while (waitpid(process, &status, WNOHANG) == 0) {
    if (Clock::now() > deadline) {
      end(process);
      reap(process);
      return "closed its output without ending";
    }
    usleep(1000);
  }
  if (WIFSIGNALED(status))
    return fmt::format("was ended by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
  return fmt::format("exited with code {}", WEXITSTATUS(status));
}

void HostProcess::stop() noexcept {
  if (process_ > 0) {
    remove_child(process_);
    end(process_); // It holds nothing that has to be put in order.
    reap(process_);
  }
  if (to_host_ >= 0) close(to_host_);
  if (from_host_ >= 0) close(from_host_);
}

} // namespace dispatchbench
