"""The WebAssembly engine that runs a library, as its host names it in results."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Mapping

V8 = "V8"


@dataclass(frozen=True)
class Engine:
    """An engine in one mode. Whatever isn't known is empty or None."""

    name: str = ""
    version: str = ""
    program: str = ""
    flags: tuple[str, ...] = ()
    best_compiler_alone: bool = False
    """False: as users get it, from one compiler to the next"""
    clock_resolution: float | None = None
    """of its clock, in nanoseconds"""

    @property
    def text(self) -> str:
        """Its name and version."""
        return " ".join(part for part in (self.name, self.version) if part) or "unknown engine"

    @property
    def release(self) -> tuple[str, tuple[int, ...]]:
        """To be sorted by: what is before the first number of the version, and the numbers. 13.6 is later than 11.3,
        and WebKitGTK's numbers are no bun's."""
        numbers = tuple(map(int, re.findall(r"\d+", self.version)))
        return re.split(r"\d", self.version, maxsplit=1)[0], numbers

    @property
    def short_version(self) -> str:
        """The first two numbers, by which people know a release of V8."""
        return ".".join(map(str, self.release[1][:2])) or "unknown version"


def engine_from_json(found: Mapping[str, Any] | None) -> Engine | None:
    """The engine of a JSON object; None if the library came without one: it is native, or the file is older."""
    if found is None:
        return None
    return Engine(
        name=found.get("name") or "",
        version=found.get("version") or "",
        program=found.get("program") or "",
        flags=tuple(found.get("flags") or ()),
        best_compiler_alone=bool(found.get("best_compiler_alone")),
        clock_resolution=found.get("clock_resolution") or None,
    )
