#include "system/interruption.h"

#include <csignal>

namespace dispatchbench {
namespace {

volatile std::sig_atomic_t interrupt_seen = 0;

} // namespace

void watch_for_interrupt() {
  struct sigaction action{};
  action.sa_handler = [](int) { interrupt_seen = 1; };
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() { return interrupt_seen != 0; }

} // namespace dispatchbench
