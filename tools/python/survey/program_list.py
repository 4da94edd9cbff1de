"""The list of programs to survey: a JSON file, so that a program is added without code."""

from __future__ import annotations

import dataclasses
import pathlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from arguments import shortened
from tool import ToolError, read_object

FILE = pathlib.Path(__file__).with_name("programs.json")
PLACES = pathlib.Path(__file__).with_name("places.json")


@dataclasses.dataclass(frozen=True)
class Program:
    """A program, and where its main loop is."""

    name: str
    package: str | Mapping[str, str]  # a regular expression for whole names, or a name per suite
    file: str  # in the package, with * for any text
    functions: tuple[str, ...] = ()  # exported names, tried in this order
    targets: tuple[int, int] | None = None  # fewest and most places that its table leads to
    jumps: tuple[int, int] | None = None  # and of indirect jumps in it
    smallest: bool = False  # of several such functions the smallest is meant, not the largest
    loop: str | None = None  # its name in the source, for readers
    stated: str | None = None  # why there is nothing to audit

    def package_in(self, suite: str, names: Sequence[str]) -> str | None:
        """The package that a suite has, the one with the highest number of several."""
        if not isinstance(self.package, str):
            chosen = self.package.get(suite)
            return chosen if chosen in names else None
        found = [name for name in names if re.fullmatch(self.package, name)]
        return max(found, key=_numbers) if found else None


def _numbers(name: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", name)]


@dataclasses.dataclass(frozen=True)
class ProgramList:
    """What to survey, in which suites."""

    suites: tuple[str, ...]
    programs: tuple[Program, ...]


# What each field must be, in words and as a test.
FIELDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "program": ("a name", lambda value: isinstance(value, str) and value != ""),
    "package": (
        "a regular expression, or a name for each suite",
        lambda value: (isinstance(value, str) and _is_pattern(value)) or isinstance(value, dict),
    ),
    "file": ("the file in the package", lambda value: isinstance(value, str) and value != ""),
    "function": (
        "a name or a list of names",
        lambda value: isinstance(value, str)
        or (isinstance(value, list) and all(isinstance(one, str) for one in value)),
    ),
    "targets": ("the fewest and most, as two numbers", lambda value: _is_pair(value)),
    "jumps": ("the fewest and most, as two numbers", lambda value: _is_pair(value)),
    "smallest": ("true or false", lambda value: isinstance(value, bool)),
    "loop": ("a text", lambda value: isinstance(value, str)),
    "stated": ("a text", lambda value: isinstance(value, str)),
}
NEEDED = ("program", "package", "file")


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(one) is int for one in value)


def _pair(value: list[int] | None) -> tuple[int, int] | None:
    return None if value is None else (value[0], value[1])


def _program(where: str, entry: Any) -> Program:
    """The program that an entry means. Raises ToolError for one that can't be meant."""
    if not isinstance(entry, dict):
        raise ToolError(f"{where}: found {shortened(repr(entry))}, expected an object")
    for field in NEEDED:
        if field not in entry:
            raise ToolError(f"{where}: {field} is missing; expected {FIELDS[field][0]}")
    for field, value in entry.items():
        if field not in FIELDS:
            raise ToolError(f"{where}: unknown field {field}; expected {', '.join(FIELDS)}")
        what, is_right = FIELDS[field]
        is_left_out = value is None and field not in NEEDED
        if not is_left_out and not is_right(value):
            raise ToolError(f"{where}: {field}: found {shortened(repr(value))}, expected {what}")
    names = entry.get("function") or []
    return Program(
        entry["program"],
        entry["package"],
        entry["file"],
        (names,) if isinstance(names, str) else tuple(names),
        _pair(entry.get("targets")),
        _pair(entry.get("jumps")),
        bool(entry.get("smallest")),
        entry.get("loop"),
        entry.get("stated"),
    )


def read_list(path: pathlib.Path = FILE) -> ProgramList:
    """The list of a file. Raises ToolError for what it can't mean."""
    document = read_object(path, "write it as tools/README.md says")
    for field in ("suites", "programs"):
        if not isinstance(document.get(field), list) or not document[field]:
            found = shortened(repr(document.get(field)))
            raise ToolError(f"{path}: {field}: found {found}, expected a list that isn't empty")
    programs = [
        _program(f"{path}: program {number}", entry)
        for number, entry in enumerate(document["programs"], start=1)
    ]
    return ProgramList(tuple(map(str, document["suites"])), tuple(programs))


def known_places(path: pathlib.Path = PLACES) -> dict[str, str]:
    """Where the loop is in files that were looked at before: address by SHA-256."""
    return {str(digest): str(place) for digest, place in read_object(path, "remove it").items()}
