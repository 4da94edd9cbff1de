// Writing for people: progress on stderr, colour where a terminal takes it.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace dispatchbench {

/// One line on stderr that is rewritten as work goes on, with an estimate of the time left. Silent when
/// stderr isn't a terminal, or when asked to be.
class Progress {
public:
  explicit Progress(bool quiet);
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Shows `what`; `done` is the share of the work done so far, 0 to 1.
  void show(const std::string& what, double done);
  /// Removes the line, so that something else can be printed.
  void clear();

private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  bool visible_;
  bool shown_ = false;
};

/// How a piece of text is set off.
enum class Emphasis { bold, good, bad, faint };

/// `text` with the escape codes of `emphasis` if stdout is a terminal and NO_COLOR isn't set
/// (https://no-color.org).
std::string emphasized(const std::string& text, Emphasis emphasis);

/// Prints "dispatchbench: " and `text` as a line on stderr, without what would act on a terminal. That stderr
/// is full or closed is no error: there is nobody to tell.
void say(std::string_view text);

/// How many columns the terminal has that stdout is; nothing if it is none, or doesn't say.
std::optional<std::size_t> terminal_columns();

/// "8 s", "2 min 5 s".
std::string describe(std::chrono::seconds duration);

} // namespace dispatchbench
