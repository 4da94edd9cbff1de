// Work done in a process of its own, so that a crash, a hang or a loaded library costs that process alone.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace dispatchbench {

/// How a child ended, and what it had written until then.
struct ChildResult {
  enum class End {
    exited,   ///< By itself, with `code`.
    signal,   ///< Killed by the signal `code`.
    timed_out ///< Killed by us after the time-out.
  };
  End end = End::exited;
  int code = 0;
  std::string output; ///< What it wrote to its pipe.

  bool succeeded() const { return end == End::exited && code == 0; }
  /// The end in words: "ended by signal 11 (Segmentation fault)".
  std::string describe() const;
};

/// Forks; the child calls `work(fd)`, whatever it writes to `fd` becomes `output`, and exits with 0, or with
/// 1 after writing the text of the exception that `work` threw. Nothing of the parent is flushed or destroyed
/// in the child.
ChildResult run_in_child(const std::function<void(int fd)>& work, std::chrono::milliseconds time_out);

/// Starts this program anew with `arguments`, so with a fresh address-space layout. Its pipe has the number
/// that stands for
/// `{fd}` in an argument. `on_output` is called with the output so far whenever some arrives.
ChildResult run_self(const std::vector<std::string>& arguments, std::chrono::milliseconds time_out,
                     const std::function<void(const std::string&)>& on_output = {});

/// In a child just forked: it dies with its parent, and has the default signals, whatever the parent does
/// about them.
void become_child();

/// Writes all of `text` to a pipe, or throws Failure.
void write_all(int fd, const std::string& text);

/// True once Ctrl-C (SIGINT) or SIGTERM has arrived after `watch_for_interrupt`. Children ignore neither and
/// end.
bool interrupted();
void watch_for_interrupt();

} // namespace dispatchbench
