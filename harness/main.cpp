// The program `dispatchbench`: its exit codes, and what becomes of errors.
#include "commands/command_line.h"
#include "commands/commands.h"
#include "system/errors.h"
#include "system/interruption.h"
#include "system/terminal.h"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <filesystem>
#include <new>
#include <system_error>
#include <unistd.h>

namespace {

using namespace dispatchbench;

constexpr int exit_broken_pipe = 128 + SIGPIPE; ///< As a shell has it of a program that SIGPIPE ended.

/// Opens what the caller closed of standard input, output and error, so that nothing else gets their numbers:
/// the wrong way round, so that writing to what was closed fails.
void open_standard_streams() {
  if (fcntl(STDIN_FILENO, F_GETFD) < 0) open("/dev/null", O_WRONLY); // Takes the lowest free number.
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(stream, F_GETFD) < 0) open("/dev/null", O_RDONLY);
}

/// What an error of standard output means: nothing to say to a reader that has gone away.
int output_failed(int error) {
  if (error == EPIPE) return exit_broken_pipe;
  say(fmt::format("standard output: can't be written: {}; not all of what was to be printed was",
                  error == EBADF ? "it is closed" : std::strerror(error)));
  return exit_failure;
}

/// Runs what the command line asks for. Throws what the command throws.
int run(int count, char** words) {
  const ParsedCommand parsed = parse_command_line(count, words);
  if (parsed.command == nullptr) {
    fmt::print("{}", parsed.text);
    return exit_fine;
  }
  // A host has nothing to keep, and runs code that no signal handler may disturb.
  if (parsed.command != serve_command) watch_for_interrupt();
  return parsed.command(parsed.options);
}

/// Says what went wrong and returns the exit code that it stands for.
int report(const std::string& what, int code) {
  say(what);
  return interrupted() ? exit_code_of_interruption() : code;
}

int exit_code(int count, char** words) {
  try {
    const int code = run(count, words);
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) return output_failed(errno);
    return interrupted() ? exit_code_of_interruption() : code;
  } catch (const UsageError& error) {
    return report(error.what(), exit_usage);
  } catch (const std::bad_alloc&) {
    return report("there is not enough memory for this; select fewer workloads or smaller files",
                  exit_failure);
  } catch (const std::filesystem::filesystem_error& error) {
    return report(fmt::format("{}: {}", error.path1().string(), error.code().message()), exit_failure);
  } catch (const std::system_error& error) {
    // Of standard output alone errors come as such: files have their own.
    return output_failed(error.code().value());
  } catch (const std::exception& error) {
    return report(error.what(), exit_failure);
  }
}

} // namespace

int main(int argc, char** argv) {
  open_standard_streams();
  std::signal(SIGPIPE, SIG_IGN); // A reader that goes away is noticed where it is written to.
  return exit_code(argc, argv);
}
