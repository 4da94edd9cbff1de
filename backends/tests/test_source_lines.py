"""source_lines.cmake: how many lines of code a family has, in this tree and where counting is hard."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

import pytest

from code_lines import code_lines

BACKENDS = Path(__file__).resolve().parents[1]
COUNTER = BACKENDS / "source_lines.cmake"
FAMILIES = sorted(
    path for path in BACKENDS.iterdir() if path.is_dir() and path.name not in ("isa", "tests")
)

PROJECT = f"""\
cmake_minimum_required(VERSION 3.25)
project(counted NONE)
include({COUNTER})
count_source_lines(lines ${{CMAKE_CURRENT_SOURCE_DIR}})
file(WRITE ${{CMAKE_BINARY_DIR}}/lines ${{lines}})
"""


def cmake(*arguments: str | Path) -> str:
    """Standard output of a CMake that succeeds."""
    command = ["cmake", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def counted(folder: Path) -> int:
    return int(cmake("-D", f"FOLDER={folder}", "-P", COUNTER))


@pytest.mark.parametrize("family", FAMILIES, ids=[path.name for path in FAMILIES])
def test_every_family_is_counted_as_by_hand(family: Path) -> None:
    assert counted(family) == code_lines(family) > 0


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", 0),
        ("\n  \n\t\n", 0),
        ("int x; int y;\nint z;", 2),
        ("int x; // said\n// int y;\n", 1),
        ("/* a\n b\n */ int x; /* c */\n/**/\n/***/\n/* d **/\n", 1),
        ("/* a */ /* b */\nint x; /* c\n */\nint y;\n", 2),
        ('f("// no comment"); /* one\n*/\ng("/*");\nh("*/");\n', 3),
        ('f("a\\"b /* c");\nint x;\n', 2),
        ("f('\"'); // one\ng('\\''); /* two */\n// it's\nint x = 10'000;\nint y;\n", 4),
        ("// an \" alone\nint x;\n/* it's */\n", 1),
        ("impl<'a> X<'a> {} // 'b\n", 1),
        ("[a;b]\n]\n[\n${x} @y@ \\\n", 4),
        ("#define A \\\n  1\n", 2),
        ("x\r\n\r\n", 1),
    ],
)
def test_what_is_a_line_of_code(tmp_path: Path, text: str, lines: int) -> None:
    (tmp_path / "some.cpp").write_text(text, newline="")
    assert counted(tmp_path) == lines


def test_which_files_count(tmp_path: Path) -> None:
    own, other = ("x86_64", "aarch64") if platform.machine() == "x86_64" else ("aarch64", "x86_64")
    for name in ("a.c", "b.cpp", "c.h", "d.S", "d.inc.S", "e.rs", "inner/f.cpp", f"{own}/g.cpp"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x\n")
    left_out = ("tests/a.cpp", "CMakeLists.txt", "list.inc", "notes.md", "inner/tests/b.cpp")
    for name in (*left_out, f"{other}/c.cpp"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("y\n")
    assert counted(tmp_path) == 8


def test_it_is_counted_again_when_a_file_changes_or_a_new_one_comes(tmp_path: Path) -> None:
    source, build = tmp_path / "source", tmp_path / "build"
    source.mkdir()
    (source / "CMakeLists.txt").write_text(PROJECT)
    (source / "one.cpp").write_text("a\n")
    cmake("-G", "Ninja", "-S", source, "-B", build)
    assert (build / "lines").read_text() == "1"
    (source / "one.cpp").write_text("a\nb\n")
    cmake("--build", build)
    assert (build / "lines").read_text() == "2"
    (source / "two.cpp").write_text("c\n")
    cmake("--build", build)
    assert (build / "lines").read_text() == "3"
