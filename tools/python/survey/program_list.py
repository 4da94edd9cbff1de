"""The list of programs to survey: a JSON file, so that a program is added without code."""

from __future__ import annotations

import dataclasses
import pathlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from tool import ToolError, read_object

FILE = pathlib.Path(__file__).with_name("programs.json")
PLACES = pathlib.Path(__file__).with_name("places.json")
KNOWN = {
    "program",
    "package",
    "file",
    "function",
    "targets",
    "jumps",
    "smallest",
    "loop",
    "stated",
}


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


def _pair(value: Any) -> tuple[int, int] | None:
    return None if value is None else (int(value[0]), int(value[1]))


def read_list(path: pathlib.Path = FILE) -> ProgramList:
    """The list of a file. Raises ToolError for what it can't mean."""
    document = read_object(path, "write it as tools/README.md says")
    programs = []
    try:
        for entry in document["programs"]:
            strange = sorted(set(entry) - KNOWN)
            if strange:
                raise ToolError(
                    f"{path}: {entry.get('program')}: unknown field {strange[0]}; expected {', '.join(sorted(KNOWN))}"
                )
            names = entry.get("function") or []
            programs.append(
                Program(
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
            )
        return ProgramList(tuple(document["suites"]), tuple(programs))
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ToolError(
            f"{path}: {error!r} in the list of programs; write it as tools/README.md says"
        ) from error


def known_places(path: pathlib.Path = PLACES) -> dict[str, str]:
    """Where the loop is in files that were looked at before: address by SHA-256."""
    return {str(digest): str(place) for digest, place in read_object(path, "remove it").items()}
