// Lines of text over file descriptors, without the buffers that a forked child would share with its parent.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace dispatchbench {

/// Writes all of `text`. Returns false, with errno set, if the other end is gone; SIGPIPE is not raised.
bool write_all(int fd, std::string_view text);

/// One write of what fits. Returns how many bytes, or -1 with errno set; SIGPIPE is not raised.
ssize_t write_some(int fd, std::string_view text);

/// Collects lines from what a file descriptor delivers.
class LineReader {
public:
  explicit LineReader(int fd) : fd_(fd) {}

  /// Takes a line that has arrived whole, without its end. Returns false if none has.
  bool take(std::string& line);

  /// Reads once, waiting if nothing is there. Returns false at the end of the stream or on an error.
  bool fill();

  /// Bytes of the line that hasn't arrived whole.
  std::size_t pending() const { return text_.size(); }

private:
  int fd_;
  std::string text_;
  std::size_t searched_ = 0; ///< No line ends before here.
};

} // namespace dispatchbench
