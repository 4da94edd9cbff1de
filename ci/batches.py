"""Sorts C++ files into batches whose files can be compiled as one: `ci/batches.py FILE...` prints a batch a line, its
files separated by semicolons.

Most of a file's compile time goes into the same few headers, which a batch reads once. Two files that give a name of
their own, in an unnamed namespace or a macro, the same spelling go into different batches. The names are found by their
looks, so whoever compiles a batch compiles its files one by one where that fails.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

MOST_FILES = 45

_TYPE = re.compile(r"(?:class|struct|union|enum(?: class)?)\s+(?:\[\[[^]]*\]\]\s*)?(\w+)")
_MACRO = re.compile(r"#define\s+(\w+)")
_TEST = re.compile(r"TEST\w*\((\w+),\s*(\w+)")
_VARIABLE_OR_FUNCTION = re.compile(r"(\w+)\s*[({=;\[]")
_NO_DECLARATION = (
    "using",
    "namespace",
    "}",
    "#",
    "//",
    "template",
    "TEST",
    "INSTANTIATE",
    "static_assert",
)


def own_names(text: str) -> set[str]:
    """The names that a file declares for itself alone, at the beginning of a line."""
    names = set()
    is_unnamed = False
    for line in text.splitlines():
        if line.startswith("namespace {"):
            is_unnamed = True
        elif line.startswith("} // namespace"):
            is_unnamed = False
        if found := _TYPE.match(line) or _MACRO.match(line):
            names.add(found[1])
        elif found := _TEST.match(line):
            names.add(f"{found[1]}_{found[2]}")
        elif (is_unnamed or line.startswith("static")) and not line[:1].isspace():
            declaration = _VARIABLE_OR_FUNCTION.search(line)
            if declaration and not line.startswith(_NO_DECLARATION):
                names.add(declaration[1])
    return names


def batches(files: list[Path], most: int = MOST_FILES) -> list[list[Path]]:
    """The files in as few batches as their names allow, each of so many at most."""
    found: list[tuple[list[Path], set[str]]] = []
    for file in files:
        names = own_names(file.read_text(encoding="utf-8"))
        for members, taken in found:
            if len(members) < most and not taken & names:
                members.append(file)
                taken |= names
                break
        else:
            found.append(([file], names))
    return [members for members, _ in found]


if __name__ == "__main__":
    for batch in batches([Path(name) for name in sys.argv[1:]]):
        print(*batch, sep=";")
