#include "system/terminal.h"

#include "system/text.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

namespace dispatchbench {

Progress::Progress(bool quiet) : visible_(!quiet && isatty(STDERR_FILENO) != 0) {}

void Progress::show(const std::string& what, double done) {
  if (!visible_) return;
  std::string left;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
  if (done > 0.02)
    left = ", " + describe(std::chrono::seconds(static_cast<long>(elapsed.count() * (1 - done) / done) + 1)) +
           " left";
  const std::string line = fmt::format("\r\033[K[{:3.0f} %{}] {}", done * 100, left, as_one_line(what));
  std::fputs(line.c_str(), stderr);
  std::fflush(stderr);
  shown_ = true;
}

void Progress::clear() {
  if (!shown_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  shown_ = false;
}

std::string emphasized(const std::string& text, Emphasis emphasis) {
  static const bool colour = [] {
    const char* no_color = std::getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) != 0 && (no_color == nullptr || *no_color == '\0');
  }();
  if (!colour) return text;
  const char* code = "";
  switch (emphasis) {
  case Emphasis::bold: code = "1"; break;
  case Emphasis::good: code = "32"; break;
  case Emphasis::bad: code = "31"; break;
  case Emphasis::faint: code = "2"; break;
  }
  return fmt::format("\033[{}m{}\033[0m", code, text);
}

void say(std::string_view text) {
  const std::string line = "dispatchbench: " + as_printable(text) + '\n';
  std::fputs(line.c_str(), stderr);
  std::fflush(stderr);
}

std::optional<std::size_t> terminal_columns() {
  winsize size{};
  if (isatty(STDOUT_FILENO) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return std::nullopt;
  return size.ws_col;
}

std::string describe(std::chrono::seconds duration) {
  const auto seconds = duration.count();
  if (seconds < 60) return fmt::format("{} s", seconds);
  return seconds % 60 == 0 ? fmt::format("{} min", seconds / 60)
                           : fmt::format("{} min {} s", seconds / 60, seconds % 60);
}

} // namespace dispatchbench
