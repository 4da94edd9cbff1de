#include "machine/observed_writes.h"

#include <utility>

namespace dispatchbench {
namespace {

// A device is called with the machine alone, whose `devices` the real one needs.
thread_local ObservedWrites* observer = nullptr;

} // namespace

ObservedWrites::ObservedWrites(Machine& machine, std::function<void()> on_write)
    : machine_(machine), deo_(machine.deo), on_write_(std::move(on_write)) {
  observer = this;
  machine.deo = write;
}

ObservedWrites::~ObservedWrites() {
  machine_.deo = deo_;
  observer = nullptr;
}

void ObservedWrites::write(Machine* machine, std::uint8_t port, std::uint8_t value) noexcept {
  observer->on_write_();
  observer->deo_(machine, port, value);
}

} // namespace dispatchbench
