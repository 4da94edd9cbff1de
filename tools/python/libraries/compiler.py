"""A compiler that builds backend libraries, and what its releases are."""

from __future__ import annotations

import functools
import pathlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tool import ToolError, output_of, read_object

FAMILIES = ("clang", "g++", "rust")
"""In the order in which libraries are listed."""


@dataclass(frozen=True)
class Compiler:
    """One compiler."""

    label: str
    """Of its library: clang-21, g++-16, rust-1.97."""

    family: str
    version: str
    path: pathlib.Path
    """The program that compiles: clang++-21, g++-16, rustc."""

    origin: str
    """Where it was found, for people."""

    identity: str
    """Differs for another compiler at the same path."""

    packages: Mapping[str, str] = field(default_factory=dict)
    """The packages it comes from and their versions, as far as they are known."""

    @property
    def language(self) -> str:
        """Of the sources it compiles, as `--language` names it."""
        return "rust" if self.family == "rust" else "c++"

    @property
    def released(self) -> str | None:
        """The day of the first release of its version series, if that is known."""
        return release_of(self.label)


def label_of(family: str, version: str) -> str:
    """What names a version series: a number, and of Rust two."""
    numbers = version.split(".")
    return f"{family}-{'.'.join(numbers[: 2 if family == 'rust' else 1])}"


def order_of(label: str) -> tuple[int, tuple[int, ...]]:
    """Where a compiler's library is listed: each family in order of release. What is no compiler's comes last."""
    family, _, series = label.rpartition("-")
    if family not in FAMILIES or not re.fullmatch(r"\d+(\.\d+)*", series):
        return len(FAMILIES), ()
    return FAMILIES.index(family), tuple(int(number) for number in series.split("."))


@functools.cache
def _releases() -> dict[str, Any]:
    return read_object(pathlib.Path(__file__).with_name("releases.json"), "restore it")


def release_of(label: str) -> str | None:
    """The day of a version series' first release, if that is known."""
    family, _, series = label.rpartition("-")
    if family not in FAMILIES:
        return None
    day: str | None = _releases()[family].get(series)
    return day


def identified(path: pathlib.Path) -> tuple[str, str, str]:
    """Family, version and first line of what a compiler says of itself. Raises ToolError if it is none that is known."""
    said = output_of([path, "--version"], missing="Give a compiler's program")
    first = said.splitlines()[0] if said else ""
    if found := re.search(r"clang version (\d+\.\d+(?:\.\d+)?)", first):
        return "clang", found[1], first
    if found := re.match(r"rustc (\d+\.\d+\.\d+)", first):
        return "rust", found[1], first
    if "Free Software Foundation" in said and "g++" in path.name:
        if numbers := re.findall(r"\b\d+\.\d+\.\d+\b", first):
            return "g++", numbers[-1], first
    raise ToolError(
        f"{path}: is no compiler that is known here (it calls itself {first[:100]!r}); expected clang++, g++ or rustc"
    )


def compiler_at(path: pathlib.Path, origin: str, label: str = "") -> Compiler:
    """The compiler that a program is. Raises ToolError if it is none."""
    family, version, first = identified(path)
    file = path.resolve()
    status = file.stat()
    identity = f"{first}, {file}, {status.st_size} bytes, changed {status.st_mtime_ns}"
    return Compiler(
        label or label_of(family, version), family, version, path.absolute(), origin, identity
    )
