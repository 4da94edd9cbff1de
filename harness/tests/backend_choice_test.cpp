// Backends that are left out, and what is said of them.
#include "comparing/subject.h"
#include "subjects/backend_choice.h"
#include "system/errors.h"

#include <gtest/gtest.h>

namespace dispatchbench {
namespace {

LibraryDescription library_of(const std::string& label, const std::vector<std::string>& usual,
                              const std::vector<std::string>& on_request) {
  LibraryDescription library;
  library.file.label = label;
  for (const std::string& name : usual) library.backends.emplace_back().name = name;
  for (const std::string& name : on_request) {
    library.backends.emplace_back().name = name;
    library.backends.back().on_request = true;
  }
  library.unavailable = {{"tail_call", "needs musttail"}};
  return library;
}

TEST(BackendChoiceTest, what_is_left_out_is_said_with_the_reason_and_the_remedy) {
  const std::vector<LibraryDescription> libraries{library_of("one", {"loop"}, {"default"})};
  const BackendChoice usual("", Unnamed::usual);
  EXPECT_EQ(usual.why_left_out(libraries, "default"),
            "default is measured on request: give --all, or name it with --backend");
  EXPECT_EQ(usual.why_left_out(libraries, "loop"), "");
  EXPECT_EQ(usual.why_left_out(libraries, "nothing"), "");
  EXPECT_EQ(usual.why_left_out(libraries, "tail_call"), "tail_call is unavailable in one: needs musttail");
  EXPECT_EQ(BackendChoice("", Unnamed::all).why_left_out(libraries, "default"), "");
  EXPECT_EQ(BackendChoice("default", Unnamed::usual).why_left_out(libraries, "loop"),
            "--backend default leaves loop out");
}

TEST(BackendChoiceTest, those_on_request_are_named_once_unless_a_filter_chooses) {
  const std::vector<LibraryDescription> libraries{library_of("one", {"loop"}, {"a", "b"}),
                                                  library_of("two", {"a"}, {"b"})};
  EXPECT_EQ(BackendChoice("", Unnamed::usual).left_on_request(libraries),
            (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(BackendChoice("", Unnamed::all).left_on_request(libraries).empty());
  EXPECT_TRUE(BackendChoice("loop", Unnamed::usual).left_on_request(libraries).empty());
}

TEST(BackendChoiceTest, a_comparison_of_what_is_on_request_alone_says_how_to_ask) {
  const auto compare = [](const BackendChoice& choice) {
    return same_backends({"a", {library_of("a", {"loop"}, {"x", "y", "z"})}},
                         {"b", {library_of("b", {"goto"}, {"x", "y"})}}, choice);
  };
  EXPECT_EQ(compare({"", Unnamed::all}).backends, (std::vector<BackendPair>{{"x", "x"}, {"y", "y"}}));
  EXPECT_EQ(compare({"y", Unnamed::usual}).backends, (std::vector<BackendPair>{{"y", "y"}}));
  try {
    compare({"", Unnamed::usual});
    FAIL() << "nothing is compared";
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(),
                 "no backend that both libraries have is measured without being asked for; x, y are "
                 "measured on request: give --all, or name them with --backend");
  }
}

} // namespace
} // namespace dispatchbench
