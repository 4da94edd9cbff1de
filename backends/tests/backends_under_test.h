// Which backends the tests run: those of the build's own library, or of the libraries that
// DISPATCHBENCH_LIBRARIES names (paths separated by colons).
#pragma once

#include "abi.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace dispatchbench::testing {

/// A backend and where it comes from.
struct BackendUnderTest {
  std::string name; ///< A test's suffix: library_backend, letters, digits and underscores only.
  const Backend* backend;

  /// Lets the backend prepare what is in the machine's memory. False if it refuses that program.
  [[nodiscard]] bool prepare(Machine* machine) const;
  /// Frees what `prepare` made.
  void release(Machine* machine) const;
  /// Prepares, runs one vector to its BRK, releases. False if the backend refuses.
  [[nodiscard]] bool run(Machine* machine) const;
};

/// All backends of all libraries, loaded into this process. A library that can't be loaded ends the process
/// with a message, since no test could run.
const std::vector<BackendUnderTest>& backends_under_test();

/// Of how many vectors one is run for a backend: of 1, or under an emulator of 4 unless the backend is
/// written in a language of its own and so restates the opcodes for this processor, or with sanitizers of 16
/// or 64: what they look for shows in any state, and which end is right, the other builds check.
/// DISPATCHBENCH_TEST_PARTS=1 in the environment has all of them run.
std::uint64_t parts_for(const BackendUnderTest& backend);

/// The same of random cases: four times as many for a backend that is measured on request, since it shares
/// source with one that is measured by default.
std::uint64_t random_parts_for(const BackendUnderTest& backend);

/// Names a parameter in GoogleTest's output.
std::ostream& operator<<(std::ostream& stream, const BackendUnderTest& backend);

/// Runs a suite, a TestWithParam<BackendUnderTest>, once for every backend and names the tests after it.
#define DISPATCHBENCH_TEST_EVERY_BACKEND(suite)                                                              \
  INSTANTIATE_TEST_SUITE_P(Backend, suite, ::testing::ValuesIn(backends_under_test()),                       \
                           [](const auto& parameter) { return parameter.param.name; })

/// While it lives, a crash or a run of more than 900 seconds, which even an emulated backend stays far below,
/// is reported with the text that `describe` last set, before the process ends.
class CrashReport {
public:
  CrashReport();
  ~CrashReport();
  CrashReport(const CrashReport&) = delete;
  CrashReport& operator=(const CrashReport&) = delete;

  /// Names what is about to run. Cheap enough for every state: two numbers, no formatting.
  static void describe(const char* what, std::uint64_t index, std::uint64_t seed);
};

} // namespace dispatchbench::testing
