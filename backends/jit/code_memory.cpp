#include "code_memory.h"

#include "assembler.h"

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
  write(used, code, bytes);
  const std::uint8_t* const place = executable + used;
  used = (used + bytes + 15) & ~15U;
  return place;
}

void CodeMemory::put_jump(std::uint32_t place, const std::uint8_t* target) {
  const auto jump = encode_jump(target - (executable + place));
  write(place, jump.data(), jump_bytes);
}

void CodeMemory::write(std::uint32_t place, const void* code, std::uint32_t bytes) {
  std::memcpy(writable + place, code, bytes);
  // Nothing on x86-64, which keeps what it executes the same as memory. AArch64 cleans its caches at this
  // address and is right at the other, too: they know physical addresses.
  char* const changed = const_cast<char*>(reinterpret_cast<const char*>(executable + place));
  __builtin___clear_cache(changed, changed + bytes);
}

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
