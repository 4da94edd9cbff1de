#include "system/own_memory.h"

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace dispatchbench {
namespace {

/// The number of kB behind a name at the start of a line.
std::optional<std::uint64_t> kilobytes(std::string_view text, std::string_view name) {
  const std::size_t at = text.find(name);
  if (at == std::string_view::npos || at == 0 || text[at - 1] != '\n') return std::nullopt;
  text.remove_prefix(at + name.size());
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

} // namespace

std::optional<std::uint64_t> own_memory_bytes() {
  // Resident sizes in /proc/self/status would count a page as often as it is mapped, and private ones not at
  // all if it is mapped twice, as the memory of a JIT is. The proportional size of shared memory counts it
  // once. That of anonymous memory would change with what the parent of a forked process does to pages that
  // both still share.
  const int file = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  std::array<char, 4096> buffer; // Of about 800 bytes.
  const ssize_t length = read(file, buffer.data(), buffer.size());
  close(file);
  if (length <= 0) return std::nullopt;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(length));
  const auto anonymous = kilobytes(text, "Anonymous:");
  const auto shared = kilobytes(text, "Pss_Shmem:");
  if (!anonymous || !shared) return std::nullopt;
  return (*anonymous + *shared) * 1024;
}

void give_back_free_memory() { malloc_trim(0); }

} // namespace dispatchbench
