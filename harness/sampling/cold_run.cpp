#include "sampling/cold_run.h"

#include "machine/observed_writes.h"
#include "sampling/timed_run.h"
#include "system/own_memory.h"

#include <algorithm>
#include <ctime>

namespace dispatchbench {

std::optional<ColdTimes> cold_run(ProgramRun& run, const Backend& backend, const Program& program,
                                  const std::vector<std::uint64_t>& writes, std::string& refusal) {
  const auto now = [] { return nanoseconds(CLOCK_THREAD_CPUTIME_ID); };
  load_afresh(run, program, backend);
  ColdTimes times;
  times.writes.reserve(writes.size());
  std::uint64_t written = 0;
  double start = 0;
  const ObservedWrites observed(run.machine(), [&] {
    ++written;
    if (times.writes.size() < writes.size() && written == writes[times.writes.size()])
      times.writes.push_back(now() - start);
  });
  give_back_free_memory(); // Last: memory that anything before has freed would come without page faults.
  const std::optional<std::uint64_t> memory = own_memory_bytes();
  start = now();
  if (const char* const reason = run.prepare()) {
    refusal = reason;
    return std::nullopt;
  }
  times.prepare = now() - start;
  run.run(program);
  times.whole = now() - start;
  const std::optional<std::uint64_t> memory_at_the_end = own_memory_bytes();
  if (memory && memory_at_the_end) times.memory = *memory_at_the_end - std::min(*memory, *memory_at_the_end);
  return times;
}

} // namespace dispatchbench
