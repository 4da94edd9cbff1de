// How much memory this process has made its own.
#pragma once

#include <cstdint>
#include <optional>

namespace dispatchbench {

/// Bytes in pages that were written to or are shared memory: heap, stacks, data, memory files. Code and
/// constants that a file backs don't count, and a page that is mapped twice counts once. Nothing where the
/// system doesn't tell (Linux before 5.5, other systems). Allocates nothing.
std::optional<std::uint64_t> own_memory_bytes();

/// Gives free parts of the heap back to the system, so that this process grows by whatever it allocates next.
/// A forked process inherits its parent's.
void give_back_free_memory();

} // namespace dispatchbench
