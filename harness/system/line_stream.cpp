#include "system/line_stream.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <unistd.h>

namespace dispatchbench {
namespace {

/// Keeps SIGPIPE away from this thread while it lives, and takes one that came meanwhile.
class WithoutBrokenPipeSignal {
public:
  WithoutBrokenPipeSignal() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~WithoutBrokenPipeSignal() {
    const int error = errno; // Of the write that this is around.
    if (sigismember(&before_, SIGPIPE) == 0) {
      const timespec at_once{};
      while (sigtimedwait(&pipe_, nullptr, &at_once) < 0 && errno == EINTR) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = error;
  }
  WithoutBrokenPipeSignal(const WithoutBrokenPipeSignal&) = delete;
  WithoutBrokenPipeSignal& operator=(const WithoutBrokenPipeSignal&) = delete;

private:
  sigset_t pipe_{}, before_{};
};

} // namespace

bool write_all(int fd, std::string_view text) {
  const WithoutBrokenPipeSignal guard;
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = write(fd, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    done += static_cast<std::size_t>(count);
  }
  return true;
}

ssize_t write_some(int fd, std::string_view text) {
  const WithoutBrokenPipeSignal guard;
  return write(fd, text.data(), text.size());
}

bool LineReader::take(std::string& line) {
  const std::size_t end = text_.find('\n', searched_);
  if (end == std::string::npos) {
    searched_ = text_.size();
    return false;
  }
  line.assign(text_, 0, end);
  text_.erase(0, end + 1);
  searched_ = 0;
  return true;
}

bool LineReader::fill() {
  std::array<char, 65536> buffer;
  ssize_t count = 0;
  do count = read(fd_, buffer.data(), buffer.size());
  while (count < 0 && errno == EINTR);
  if (count <= 0) return false;
  text_.append(buffer.data(), static_cast<std::size_t>(count));
  return true;
}

} // namespace dispatchbench
