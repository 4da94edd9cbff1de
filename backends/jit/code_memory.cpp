#include "code_memory.h"

#include <cstring>

#include <sys/mman.h>
#include <unistd.h>

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

const char* CodeMemory::open() {
  const int file = memfd_create("dispatchbench_jit", MFD_CLOEXEC);
  if (file < 0)
    return "jit needs memory for code: memfd_create failed; raise the limit of open files (ulimit -n)";
  const char* reason = nullptr;
  void* write = MAP_FAILED;
  void* execute = MAP_FAILED;
  if (ftruncate(file, capacity) == 0) {
    write = mmap(nullptr, capacity, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (write != MAP_FAILED) execute = mmap(nullptr, capacity, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0);
  }
  if (write == MAP_FAILED) {
    reason = "jit needs 8 MiB for code: mmap failed; free memory or raise the limit (ulimit -v)";
  } else if (execute == MAP_FAILED) {
    munmap(write, capacity);
    reason = "jit needs executable memory, which this system refuses (SELinux, PaX, a seccomp filter, or "
             "ulimit -v); "
             "allow executable shared mappings for this program, or measure the other backends";
  } else {
    writable = static_cast<std::uint8_t*>(write);
    executable = static_cast<const std::uint8_t*>(execute);
    used = 0;
  }
  ::close(file);
  return reason;
}

void CodeMemory::close() {
  munmap(writable, capacity);
  munmap(const_cast<std::uint8_t*>(executable), capacity);
}

void CodeMemory::align_next(std::uint32_t front) {
  constexpr std::uint32_t line = 64;
  used = ((used + front + line - 1) & ~(line - 1)) - front;
}

const std::uint8_t* CodeMemory::append(const void* code, std::uint32_t bytes) {
  std::memcpy(writable + used, code, bytes);
  const std::uint8_t* const place = executable + used;
  used = (used + bytes + 15) & ~15U;
  return place;
}

void CodeMemory::patch(std::uint32_t site, const std::uint8_t* target) {
  const auto distance = static_cast<std::int32_t>(target - (executable + site + 4));
  std::memcpy(writable + site, &distance, 4);
}

void CodeMemory::put_jump(const std::uint8_t* place, const std::uint8_t* target) {
  writable[offset(place)] = 0xe9;
  patch(offset(place) + 1, target);
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
