#include "child_process.h"

#include "errors.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace dispatchbench {
namespace {

using Clock = std::chrono::steady_clock;

volatile std::sig_atomic_t interrupt_seen = 0;

[[noreturn]] void fail(const char* what) { throw Failure(fmt::format("{}: {}", what, std::strerror(errno))); }

struct Pipe {
  int read_end = -1;
  int write_end = -1;
  Pipe() {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) fail("pipe");
    read_end = ends[0];
    write_end = ends[1];
  }
  ~Pipe() {
    close(read_end);
    close_write_end();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_write_end() {
    if (write_end >= 0) close(write_end);
    write_end = -1;
  }
};

/// Collects the child's output until it closes its pipe or the time is up, then reaps it.
ChildResult wait_for(pid_t child, Pipe& pipe, std::chrono::milliseconds time_out,
                     const std::function<void(const std::string&)>& on_output) {
  pipe.close_write_end();
  ChildResult result;
  const Clock::time_point deadline = Clock::now() + time_out;
  bool timed_out = false;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd event{pipe.read_end, POLLIN, 0};
    const int ready = left > 0 ? poll(&event, 1, static_cast<int>(left)) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      timed_out = true;
      kill(child, SIGKILL);
      break;
    }
    std::array<char, 65536> buffer;
    const ssize_t count = read(pipe.read_end, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    result.output.append(buffer.data(), static_cast<std::size_t>(count));
    if (on_output) on_output(result.output);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (timed_out) {
    result.end = ChildResult::End::timed_out;
    result.code = static_cast<int>(time_out.count());
  } else if (WIFSIGNALED(status)) {
    result.end = ChildResult::End::signal;
    result.code = WTERMSIG(status);
  } else {
    result.code = WEXITSTATUS(status);
  }
  return result;
}

} // namespace

std::string ChildResult::describe() const {
  switch (end) {
  case End::exited: return fmt::format("exited with code {}", code);
  case End::signal: return fmt::format("was ended by signal {} ({})", code, strsignal(code));
  case End::timed_out: return fmt::format("didn't end within {:.0f} s", code / 1000.0);
  }
  return {};
}

ChildResult run_in_child(const std::function<void(int fd)>& work, std::chrono::milliseconds time_out) {
  Pipe pipe;
  const pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    become_child();
    close(pipe.read_end);
    int code = 0;
    try {
      work(pipe.write_end);
    } catch (const std::exception& error) {
      code = 1;
      try {
        write_all(pipe.write_end, error.what());
      } catch (const std::exception&) {
        code = 2; // The parent is gone; nobody is left to tell.
      }
    }
    _exit(code);
  }
  return wait_for(child, pipe, time_out, {});
}

ChildResult run_self(const std::vector<std::string>& arguments, std::chrono::milliseconds time_out,
                     const std::function<void(const std::string&)>& on_output) {
  Pipe pipe;
  std::vector<std::string> words{"dispatchbench"};
  for (std::string word : arguments) {
    if (const auto at = word.find("{fd}"); at != std::string::npos)
      word.replace(at, 4, std::to_string(pipe.write_end));
    words.push_back(std::move(word));
  }
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  fcntl(pipe.read_end, F_SETFD, FD_CLOEXEC);
  const pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    become_child();
    execv("/proc/self/exe", pointers.data());
    _exit(127);
  }
  return wait_for(child, pipe, time_out, on_output);
}

void become_child() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

void write_all(int fd, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = write(fd, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("writing to the parent process");
    done += static_cast<std::size_t>(count);
  }
}

bool interrupted() { return interrupt_seen != 0; }

void watch_for_interrupt() {
  struct sigaction action{};
  action.sa_handler = [](int) { interrupt_seen = 1; };
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND); // A second Ctrl-C ends the program at once.
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

} // namespace dispatchbench
