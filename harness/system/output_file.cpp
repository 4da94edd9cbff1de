#include "system/output_file.h"

#include "system/content_hash.h"
#include "system/errors.h"
#include "system/files.h"
#include "system/line_stream.h"
#include "system/terminal.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <poll.h>
#include <set>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace dispatchbench {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds longest_wait_for_reader{10};

/// Targets of this process's files: POSIX locks are between processes.
std::set<fs::path>& taken_targets() {
  static std::set<fs::path> targets;
  return targets;
}

std::string system_error() { return std::strerror(errno); }

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

/// Where the last part of `path` leads, also if nothing is there yet.
fs::path followed(fs::path path) {
  constexpr int most_links = 40; // As Linux has it.
  std::error_code error;
  for (int i = 0; i < most_links && fs::is_symlink(fs::symlink_status(path, error)); ++i) {
    const fs::path link = fs::read_symlink(path, error);
    if (error) break;
    path = link.is_absolute() ? link : folder_of(path) / link;
  }
  return path;
}

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/// A name in the same folder that nothing else has; short, since the file's own may have the longest length.
fs::path temporary_for(const fs::path& path) {
  static int number = 0;
  return folder_of(path) / fmt::format(".dispatchbench.{}.{}.tmp", getpid(), number++);
}

/// Gives a new file what the old one had, as far as this user may.
void take_over(int file, const struct stat& old) {
  // The owner first: changing it clears some bits of the mode.
  if (fchown(file, old.st_uid, old.st_gid) != 0 && fchown(file, static_cast<uid_t>(-1), old.st_gid) != 0) {
    // Another user's file then belongs to this one, as after a copy.
  }
  fchmod(file, old.st_mode & 07777);
}

/// Writes and closes `file`. Returns what went wrong.
std::string write_and_close(int file, std::string_view text) {
  const bool written = write_all(file, text);
  std::string problem = written ? std::string() : system_error();
  if (close(file) != 0 && problem.empty()) problem = system_error();
  return problem;
}

/// Folders for what can't be put where it was to go.
std::vector<fs::path> other_folders() {
  std::vector<fs::path> folders;
  const auto add = [&](const char* variable, const char* below) {
    if (const char* const folder = std::getenv(variable); folder != nullptr && *folder == '/')
      folders.push_back(fs::path(folder) / below);
  };
  add("XDG_STATE_HOME", "dispatchbench/unsaved");
  add("HOME", ".local/state/dispatchbench/unsaved");
  add("TMPDIR", "");
  folders.emplace_back("/tmp");
  folders.emplace_back("/var/tmp");
  return folders;
}

/// Keeps `text` in another folder. Returns a sentence that says where.
std::string kept_elsewhere(const fs::path& path, std::string_view text) {
  const std::time_t now = std::time(nullptr);
  std::tm date{};
  localtime_r(&now, &date);
  std::string stamp(32, '\0');
  stamp.resize(std::strftime(stamp.data(), stamp.size(), "%Y%m%d-%H%M%S", &date));
  std::vector<std::string> tried;
  for (const fs::path& folder : other_folders()) {
    std::error_code error;
    fs::create_directories(folder, error);
    const fs::path file =
        folder / fmt::format("{}-{}-{}{}", path.stem().string(), stamp, getpid(), path.extension().string());
    if (!fs::exists(file, error) && replace_file(file, text).empty())
      return fmt::format("What was to be written is kept in {}", file.string());
    tried.push_back(folder.string());
  }
  return fmt::format("It could not be kept in {} either", fmt::join(tried, ", "));
}

/// Opens a device or FIFO for writing, a FIFO once it has a reader. Returns a negative number, with errno
/// set, if that fails.
int open_stream(const fs::path& path) {
  const auto deadline = Clock::now() + longest_wait_for_reader;
  bool said = false;
  for (;;) {
    const int stream = open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (stream >= 0 || errno != ENXIO || Clock::now() > deadline) return stream;
    if (!std::exchange(said, true))
      say(fmt::format("{}: waiting for a reader of this FIFO, {} s at most", path.string(),
                      longest_wait_for_reader.count()));
    poll(nullptr, 0, 50);
  }
}

/// Writes to a descriptor that may be full for a while. Returns false, with errno set, if it fails or stays
/// full.
bool write_patiently(int stream, std::string_view text) {
  while (!text.empty()) {
    pollfd event{stream, POLLOUT, 0};
    if (poll(&event, 1, static_cast<int>(std::chrono::milliseconds(longest_wait_for_reader).count())) == 0) {
      errno = ETIMEDOUT;
      return false;
    }
    const ssize_t count = write_some(stream, text);
    if (count < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

} // namespace

std::string replace_file(const fs::path& path, std::string_view text) {
  const fs::path temporary = temporary_for(path);
  constexpr mode_t everyone = 0666; // Less what the umask takes.
  const int file = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, everyone);
  if (file < 0) return system_error();
  struct stat old{};
  if (stat(path.c_str(), &old) == 0) take_over(file, old);
  std::string problem = write_and_close(file, text);
  if (problem.empty() && std::rename(temporary.c_str(), path.c_str()) != 0) problem = system_error();
  if (!problem.empty()) unlink(temporary.c_str());
  return problem;
}

OutputFile::OutputFile(fs::path path, std::string option)
    : path_(std::move(path)), option_(std::move(option)) {
  if (path_ == "-")
    throw UsageError(fmt::format("{} -: expected a file; --json prints JSON on standard output, and "
                                 "/dev/stdout names it as a file",
                                 option_));
  find_target();
  if (stream_) return;
  check_folder();
  std::error_code error;
  target_ = fs::weakly_canonical(folder_of(target_), error) / target_.filename();
  if (!taken_targets().insert(target_).second)
    throw UsageError(
        fmt::format("{} {}: another option names the same file; choose two", option_, path_.string()));
  try {
    lock();
  } catch (...) {
    taken_targets().erase(target_);
    throw;
  }
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : path_(std::move(other.path_)), option_(std::move(other.option_)),
      target_(std::exchange(other.target_, {})), stream_(other.stream_), own_stream_(other.own_stream_),
      lock_path_(std::move(other.lock_path_)), lock_(std::exchange(other.lock_, -1)) {}

OutputFile::~OutputFile() {
  if (!target_.empty()) taken_targets().erase(target_);
  if (lock_ < 0) return;
  unlink(lock_path_.c_str()); // Before the lock is released, so that nobody locks a file without a name.
  close(lock_);
}

void OutputFile::find_target() {
  const auto refuse = [&](const std::string& why) {
    throw Failure(
        fmt::format("{}: can't be written: {}; choose another place with {}", path_.string(), why, option_));
  };
  struct stat found{};
  if (stat(path_.c_str(), &found) != 0) {
    if (errno != ENOENT) refuse(system_error());
    target_ = followed(path_);
    return;
  }
  for (const int own : {STDOUT_FILENO, STDERR_FILENO}) {
    struct stat stream{};
    if (own_stream_ < 0 && fstat(own, &stream) == 0 && same_file(stream, found) && !S_ISDIR(found.st_mode))
      own_stream_ = own;
  }
  if (!S_ISREG(found.st_mode) && !S_ISCHR(found.st_mode) && !S_ISFIFO(found.st_mode))
    refuse(fmt::format("it is {}", kind_of_file(path_)));
  if (access(path_.c_str(), W_OK) != 0) refuse(system_error());
  target_ = followed(path_);
  struct stat led_to{};
  // Of what /proc/self/fd leads to, the name can be gone.
  const bool has_name = stat(target_.c_str(), &led_to) == 0 && same_file(led_to, found);
  stream_ = own_stream_ >= 0 || !S_ISREG(found.st_mode) || !has_name;
  if (stream_) target_.clear();
}

void OutputFile::check_folder() const {
  const fs::path folder = folder_of(target_);
  const auto refuse = [&](const std::string& why) {
    throw Failure(
        fmt::format("{}: can't be written: {}; choose another place with {}", path_.string(), why, option_));
  };
  std::error_code error;
  if (!fs::is_directory(folder, error))
    refuse(fs::exists(folder, error) ? fmt::format("{} is no folder", folder.string())
                                     : fmt::format("there is no folder {}", folder.string()));
  if (constexpr std::size_t longest = 255; target_.filename().string().size() > longest)
    refuse(std::strerror(ENAMETOOLONG));
  // A little is written, since a full file system gives out files all the same.
  constexpr std::size_t trial_bytes = 65536;
  int file = open(folder.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
  if (file < 0) {
    const fs::path temporary = temporary_for(target_);
    file = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) refuse(system_error());
    unlink(temporary.c_str());
  }
  if (const std::string problem = write_and_close(file, std::string(trial_bytes, '\0')); !problem.empty())
    refuse(problem);
}

void OutputFile::lock() {
  constexpr std::size_t longest_name = 200;
  std::string name = target_.filename().string();
  if (name.size() > longest_name) name = fmt::format("{:016x}", content_hash(name));
  lock_path_ = folder_of(target_) / fmt::format(".{}.lock", name);
  for (;;) {
    lock_ = open(lock_path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (lock_ < 0)
      throw Failure(fmt::format("{}: can't be opened: {}; it keeps two commands from writing {} at once: "
                                "remove it if it is left over, or choose another place with {}",
                                lock_path_.string(), system_error(), path_.string(), option_));
    struct flock wanted{};
    wanted.l_type = F_WRLCK;
    wanted.l_whence = SEEK_SET;
    if (fcntl(lock_, F_SETLK, &wanted) != 0) {
      const bool is_taken = errno == EACCES || errno == EAGAIN;
      if (!is_taken) return; // A file system without locks: as good as it gets.
      struct flock holder = wanted;
      const bool is_known =
          fcntl(lock_, F_GETLK, &holder) == 0 && holder.l_type != F_UNLCK && holder.l_pid > 0;
      close(std::exchange(lock_, -1));
      throw Failure(fmt::format(
          "{}: {} is about to write it; wait until that has ended, or choose another "
          "place with {}",
          path_.string(), is_known ? fmt::format("process {}", holder.l_pid) : "another process", option_));
    }
    struct stat locked{};
    struct stat named{};
    // The one who had it may have removed its name in between.
    if (fstat(lock_, &locked) == 0 && stat(lock_path_.c_str(), &named) == 0 && same_file(locked, named))
      return;
    close(std::exchange(lock_, -1));
  }
}

std::string OutputFile::write_stream(std::string_view text) const {
  if (own_stream_ >= 0) {
    std::fflush(stdout);
    return write_all(own_stream_, text) ? std::string() : system_error();
  }
  const int stream = open_stream(path_);
  if (stream < 0) return errno == ENXIO ? "nothing reads this FIFO" : system_error();
  std::string problem = write_patiently(stream, text) ? std::string() : system_error();
  if (close(stream) != 0 && problem.empty()) problem = system_error();
  return problem;
}

void OutputFile::write(std::string_view text) const {
  const std::string problem = stream_ ? write_stream(text) : replace_file(target_, text);
  if (!problem.empty())
    throw Failure(
        fmt::format("{}: can't be written: {}. {}", path_.string(), problem, kept_elsewhere(path_, text)));
}

} // namespace dispatchbench
