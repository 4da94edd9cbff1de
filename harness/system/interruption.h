// Ctrl-C and SIGTERM: noted, so that what is complete can be kept.
#pragma once

namespace dispatchbench {

/// From here on SIGINT and SIGTERM are noted instead of ending the program; a second one ends it at once.
void watch_for_interrupt();

/// Whether either has arrived since `watch_for_interrupt`.
bool interrupted();

} // namespace dispatchbench
