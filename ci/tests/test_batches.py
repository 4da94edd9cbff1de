"""Batches of files that are compiled or checked as one."""

from __future__ import annotations

from pathlib import Path

import pytest

from batches import MOST_FILES, batches, own_names
from tidy_batches import needs_its_own_check


def files(folder: Path, *texts: str) -> list[Path]:
    """Files with those texts."""
    for number, text in enumerate(texts):
        (folder / f"{number}.cpp").write_text(text)
    return [folder / f"{number}.cpp" for number in range(len(texts))]


def test_files_with_a_name_of_their_own_in_common_are_in_different_batches(tmp_path: Path) -> None:
    one, other, third = files(
        tmp_path,
        "namespace {\nint number(int a) {\n  return a;\n}\n} // namespace\n",
        "namespace {\nconstexpr int number = 3;\n} // namespace\n",
        "int number();\nvoid f() {\n  int number = 1;\n}\n",
    )
    assert batches([one, other, third]) == [[one, third], [other]]


def test_own_names_are_those_of_unnamed_namespaces_types_macros_and_tests() -> None:
    text = """#define FIRST(x) x
namespace dispatchbench {
namespace {
struct Second {
  int not_this;
};
std::optional<double> third(const std::string& text) {
std::array<int, 3> fourth;
} // namespace
void Other::member() {}
TEST(Fifth, Holds) {
INSTANTIATE_TEST_SUITE_P(Case, Fifth, values());
static_assert(true);
"""
    assert own_names(text) == {"FIRST", "Second", "third", "fourth", "Fifth_Holds"}


def test_a_batch_has_a_largest_size(tmp_path: Path) -> None:
    found = batches(files(tmp_path, *["int x();\n"] * (MOST_FILES + 1)))
    assert [len(batch) for batch in found] == [MOST_FILES, 1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("using std::unique_ptr;\nunique_ptr<int> x;\n", False),
        ("using std::unique_ptr; // unique_ptr\nstd::unique_ptr<int> x;\n", True),
        ("namespace fs = std::filesystem;\nfs::path x;\n", False),
        ("namespace fs = std::filesystem;\n", True),
        ("#include <string.h>\n", True),
        ("#include <unistd.h>\n", False),
    ],
)
def test_what_is_reported_only_of_the_main_file_is_checked_by_itself(
    text: str, expected: bool
) -> None:
    assert needs_its_own_check(text) == expected
