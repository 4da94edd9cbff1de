#include "system/files.h"

#include "system/errors.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <unistd.h>

namespace dispatchbench {
namespace {

namespace fs = std::filesystem;

fs::path temporary_for(const fs::path& path) {
  return fs::path(path).concat(fmt::format(".{}.tmp", getpid()));
}

[[noreturn]] void fail_to_write(const fs::path& path, const std::string& option) {
  throw Failure(fmt::format("{}: can't be written: {}; choose another place with {}", path.string(),
                            std::strerror(errno), option));
}

} // namespace

std::string read_file(const fs::path& path, const std::string& expected) {
  std::error_code error;
  if (fs::is_directory(path, error))
    throw Failure(fmt::format("{}: is a folder; expected {}", path.string(), expected));
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Failure(fmt::format("{}: can't be read; expected {}", path.string(), expected));
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void check_writable(const fs::path& path, const std::string& option) {
  const fs::path temporary = temporary_for(path);
  std::error_code error;
  if (fs::is_directory(path, error)) {
    errno = EISDIR;
    fail_to_write(path, option);
  }
  if (!std::ofstream(temporary)) fail_to_write(path, option);
  fs::remove(temporary, error);
}

void write_atomically(const fs::path& path, const std::string& text, const std::string& option) {
  const fs::path temporary = temporary_for(path);
  std::error_code error;
  {
    std::ofstream file(temporary, std::ios::binary);
    file << text;
    file.close();
    if (!file) {
      fs::remove(temporary, error);
      fail_to_write(path, option);
    }
  }
  fs::rename(temporary, path, error);
  if (error) {
    fs::remove(temporary, error);
    fail_to_write(path, option);
  }
}

} // namespace dispatchbench
