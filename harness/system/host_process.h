// A host as a child process: lines go in, lines come out, and how it ends is known.
#pragma once

#include "system/line_stream.h"

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <sys/types.h>
#include <vector>

namespace dispatchbench {

/// A host ended or gave no answer. The text continues a sentence about the process: "was ended by signal 11
/// (Segmentation fault)", "exited with code 3", "didn't end within 10 s".
struct HostEnded : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A child process that is killed when this object is destroyed.
class HostProcess {
public:
  /// Starts `command`, so with a fresh address-space layout. `program` is what is executed; by default the
  /// first word, looked for in PATH. Throws Failure.
  static HostProcess start(const std::vector<std::string>& command, const std::string& program = {});

  /// Forks without executing anything: the child calls `work(in, out)` and exits with what it returns. It has
  /// the parent's addresses, as any other child made this way. Throws Failure.
  static HostProcess fork_this(const std::function<int(int in, int out)>& work);

  ~HostProcess() { stop(); }
  HostProcess(HostProcess&& other) noexcept;
  HostProcess& operator=(HostProcess&&) = delete;

  /// Sends a line. Throws HostEnded if the host doesn't take it until `deadline`; that it has ended shows
  /// when its answer is asked for.
  void send(const std::string& line, std::chrono::steady_clock::time_point deadline);

  /// For waiting as long as it takes.
  static std::chrono::steady_clock::time_point no_deadline();

  /// The next line, waiting until `deadline`. Throws HostEnded.
  std::string receive(std::chrono::steady_clock::time_point deadline);

private:
  HostProcess(pid_t process, int to_host, int from_host);
  void stop() noexcept;
  /// Reaps the process and says how it ended.
  std::string end_of_process();

  pid_t process_;
  int to_host_;
  int from_host_;
  LineReader lines_;
};

} // namespace dispatchbench
