// How much memory a process has made its own: what counts, and how often.
#include "system/own_memory.h"

#include <gtest/gtest.h>

#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

namespace dispatchbench {
namespace {

constexpr std::size_t bytes = 16UL << 20;
/// What the test itself may touch meanwhile, an emulator that translates it, or AddressSanitizer, whose
/// shadow takes an eighth of each mapping. Far less than what would be counted twice.
constexpr std::uint64_t others = bytes / 2;

std::uint64_t own() { return own_memory_bytes().value_or(0); }

void* mapped(int protection, int flags, int file) {
  void* const memory = mmap(nullptr, bytes, protection, flags, file, 0);
  EXPECT_NE(memory, MAP_FAILED);
  return memory;
}

class OwnMemory : public ::testing::Test {
protected:
  void SetUp() override {
    if (!own_memory_bytes()) GTEST_SKIP() << "/proc/self/smaps_rollup has no Anonymous or no Pss_Shmem";
  }
};

TEST_F(OwnMemory, counts_pages_when_they_are_written) {
  const std::uint64_t before = own();
  void* const memory = mapped(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  EXPECT_LT(own(), before + others);
  std::memset(memory, 1, bytes);
  EXPECT_GE(own(), before + bytes);
  EXPECT_LT(own(), before + bytes + others);
  munmap(memory, bytes);
  EXPECT_LT(own(), before + others);
}

TEST_F(OwnMemory, counts_a_memory_file_once_however_often_it_is_mapped) {
  const int file = memfd_create("test", MFD_CLOEXEC);
  ASSERT_EQ(ftruncate(file, bytes), 0);
  const std::uint64_t before = own();
  void* const written = mapped(PROT_READ | PROT_WRITE, MAP_SHARED, file);
  const auto* const read = static_cast<const unsigned char*>(mapped(PROT_READ, MAP_SHARED, file));
  std::memset(written, 1, bytes);
  std::size_t sum = 0;
  for (std::size_t i = 0; i < bytes; i += 4096) sum += read[i];
  EXPECT_EQ(sum, bytes / 4096);
  EXPECT_GE(own(), before + bytes);
  EXPECT_LT(own(), before + bytes + others);
  munmap(written, bytes);
  munmap(const_cast<unsigned char*>(read), bytes);
  close(file);
}

} // namespace
} // namespace dispatchbench
