// SIGINT, SIGTERM and SIGHUP: noted, so that what is complete can be kept.
#pragma once

#include <stdexcept>
#include <sys/types.h>

namespace dispatchbench {

/// The command was interrupted before there was anything to keep. The text says during what.
struct Interrupted : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// From here on SIGINT, SIGTERM and SIGHUP (unless ignored, as nohup has it) are noted instead of ending the
/// program; a second one ends it, and the children that it was told of, at once.
void watch_for_interrupt();

/// In a child just forked: nothing is noted, and the three signals do what they do by default.
void stop_watching_for_interrupt();

/// Whether one has arrived since `watch_for_interrupt`.
bool interrupted();

/// Throws Interrupted, which says during what and that there is nothing to keep, if one has arrived.
void check_interrupted(const char* during);

/// The exit code that stands for the signal that arrived, as a shell has it: 130 for SIGINT, 143 for SIGTERM,
/// 129 for SIGHUP.
int exit_code_of_interruption();

/// A descriptor that can be read from once one has arrived, for poll(); negative before
/// `watch_for_interrupt`.
int interruption_descriptor();

/// The process group of this child ends when this program is ended by a second signal.
void add_child(pid_t group);
void remove_child(pid_t group);

} // namespace dispatchbench
