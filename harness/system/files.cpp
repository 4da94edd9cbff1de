#include "system/files.h"

#include "system/errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace dispatchbench {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_to_read(const fs::path& path, const std::string& expected) {
  throw Failure(
      fmt::format("{}: can't be read: {}; expected {}", path.string(), std::strerror(errno), expected));
}

/// Closes a file descriptor.
class Descriptor {
public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

private:
  int number_;
};

} // namespace

const char* kind_of_file(const fs::path& path) {
  struct stat found{};
  if (stat(path.c_str(), &found) != 0) return "nothing";
  switch (found.st_mode & S_IFMT) {
  case S_IFREG: return "a file";
  case S_IFDIR: return "a folder";
  case S_IFIFO: return "a FIFO";
  case S_IFSOCK: return "a socket";
  case S_IFBLK: return "a block device";
  default: return "a device";
  }
}

std::string read_file(const fs::path& path, const std::string& expected, std::size_t most_bytes) {
  struct stat found{};
  if (stat(path.c_str(), &found) != 0) fail_to_read(path, expected);
  if (!S_ISREG(found.st_mode))
    throw Failure(fmt::format("{}: is {}; expected {}, in a regular file", path.string(), kind_of_file(path),
                              expected));
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (file.number() < 0) fail_to_read(path, expected);
  std::string bytes;
  // Growing would copy a library of megabytes several times. A file of the kernel says that it has no bytes.
  bytes.reserve(std::min(most_bytes, static_cast<std::size_t>(found.st_size)) + 1);
  std::array<char, 65536> buffer{};
  while (bytes.size() <= most_bytes) {
    const std::size_t wanted = std::min(buffer.size(), most_bytes + 1 - bytes.size());
    const ssize_t count = read(file.number(), buffer.data(), wanted);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_to_read(path, expected);
    if (count == 0) break;
    bytes.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return bytes;
}

fs::path own_path() {
  std::error_code error;
  fs::path path = fs::read_symlink("/proc/self/exe", error);
  if (error)
    throw Failure(fmt::format("/proc/self/exe: can't be read: {}; expected the path of this program, beside "
                              "which its files are: mount /proc",
                              error.message()));
  return path;
}

} // namespace dispatchbench
