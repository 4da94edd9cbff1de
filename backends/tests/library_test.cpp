// Checks the C ABI of backend libraries: their descriptions, two loaded at once, and the refusal of libraries
// with another version.

#include "backends_under_test.h"
#include "checking/random_states.h"
#include "machine/guarded_machine.h"
#include "sampling/native_library.h"
#include "system/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dlfcn.h>

#include <cstring>
#include <filesystem>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace dispatchbench::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

const BackendLibrary& own_library() { return load_library(DISPATCHBENCH_DEFAULT_LIBRARY); }

/// The file that an address of code or data was loaded from.
std::string origin(const void* address) {
  Dl_info info{};
  return dladdr(address, &info) != 0 ? info.dli_fname : "nowhere";
}

std::string origin(RunFunction run) { return origin(reinterpret_cast<const void*>(run)); }

TEST(BackendLibrary, StatesTheSizesAndTheVersionOfItsInterface) {
  const BackendLibrary& library = own_library();
  EXPECT_EQ(library.abi, DISPATCHBENCH_ABI_VERSION);
  EXPECT_EQ(library.library_size, sizeof(BackendLibrary));
  EXPECT_EQ(library.backend_size, sizeof(Backend));
  EXPECT_EQ(library.machine_size, sizeof(Machine));
  static_assert(sizeof(Machine) == 80);
}

TEST(BackendLibrary, SaysWhatItHasAndWhatItLacks) {
  const BackendLibrary& library = own_library();
  for (const char* const text : {library.label, library.host, library.language, library.compiler,
                                 library.compiler_version, library.flags, library.target}) {
    ASSERT_NE(text, nullptr);
    EXPECT_STRNE(text, "");
  }
  std::set<std::string> names;
  ASSERT_GT(library.backend_count, 0u);
  for (const Backend& backend : std::span(library.backends, library.backend_count)) {
    EXPECT_THAT(backend.name, MatchesRegex("[a-z][a-z0-9_]*"));
    EXPECT_TRUE(names.insert(backend.name).second) << backend.name << " is listed twice";
    EXPECT_THAT(backend.family, MatchesRegex("[a-z][a-z0-9_]*")) << backend.name;
    EXPECT_THAT(backend.dispatch, MatchesRegex("[a-z][a-z0-9_]*")) << backend.name;
    EXPECT_STRNE(backend.expected, "") << backend.name;
    EXPECT_STRNE(backend.summary, "") << backend.name;
    EXPECT_NE(backend.run, nullptr) << backend.name;
  }
  for (const UnavailableBackend& backend : std::span(library.unavailable, library.unavailable_count)) {
    EXPECT_THAT(backend.name, MatchesRegex("[a-z][a-z0-9_]*"));
    EXPECT_TRUE(names.insert(backend.name).second) << backend.name << " is listed twice";
    EXPECT_STRNE(backend.reason, "") << backend.name;
  }
}

TEST(BackendLibrary, TwoLoadedAtOnceShareNothing) {
  const std::filesystem::path copy =
      std::filesystem::path(::testing::TempDir()) / "dispatchbench_copied_backends.so";
  std::filesystem::copy_file(DISPATCHBENCH_DEFAULT_LIBRARY, copy,
                             std::filesystem::copy_options::overwrite_existing);
  const BackendLibrary& first = own_library();
  const BackendLibrary& second = load_library(copy);
  ASSERT_NE(&first, &second);
  ASSERT_EQ(first.backend_count, second.backend_count);

  const auto start = std::make_unique<MachineState>();
  const auto end = std::make_unique<MachineState>();
  GuardedMachine machine(Guard::behind);
  for (std::uint32_t i = 0; i < first.backend_count; ++i) {
    EXPECT_STREQ(first.backends[i].name, second.backends[i].name);
    EXPECT_EQ(origin(first.backends[i].run), origin(&first));
    EXPECT_EQ(origin(second.backends[i].run), copy.string());
    for (std::uint64_t seed = 0; seed < 500; ++seed) {
      make_program(*start, seed);
      if (!run_on_reference(*start, *end)) continue;
      for (const BackendLibrary* library : {&first, &second}) {
        machine.start_from(*start);
        if (!BackendUnderTest{"", &library->backends[i]}.run(&machine.machine())) continue;
        EXPECT_EQ(first_difference({machine.machine(), machine.devices()}, *end), std::nullopt)
            << origin(library) << " " << first.backends[i].name << " seed " << seed;
      }
    }
  }
  std::filesystem::remove(copy);
}

std::string refusal(const char* path) {
  try {
    load_library(path);
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "loaded";
}

TEST(BackendLibrary, OfAnotherVersionIsRefused) {
  const std::string text = refusal(DISPATCHBENCH_LIBRARY_OF_ANOTHER_VERSION);
  EXPECT_THAT(text, HasSubstr(DISPATCHBENCH_LIBRARY_OF_ANOTHER_VERSION));
  EXPECT_THAT(text, HasSubstr("version " + std::to_string(DISPATCHBENCH_ABI_VERSION + 1)));
  EXPECT_THAT(text, HasSubstr("expected " + std::to_string(DISPATCHBENCH_ABI_VERSION)));
}

TEST(BackendLibrary, WithAnotherMachineIsRefused) {
  const std::string text = refusal(DISPATCHBENCH_LIBRARY_WITH_ANOTHER_MACHINE);
  EXPECT_THAT(text, HasSubstr(DISPATCHBENCH_LIBRARY_WITH_ANOTHER_MACHINE));
  EXPECT_THAT(text, HasSubstr(std::to_string(sizeof(Machine) + 8)));
}

TEST(BackendLibrary, ThatIsNoneIsRefused) {
  EXPECT_THAT(refusal(DISPATCHBENCH_VECTORS), HasSubstr(DISPATCHBENCH_VECTORS));
}

} // namespace
} // namespace dispatchbench::testing
