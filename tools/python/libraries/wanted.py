"""A library that is to be built, and what became of it."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from .build_costs import BackendBuild
from .compiler import Compiler

LIBRARY = "dispatchbench_backends.so"


@dataclass(frozen=True)
class WantedLibrary:
    """One compiler with one set of further flags."""

    compiler: Compiler
    flag_label: str | None
    """Null without further flags."""
    flags: tuple[str, ...]
    output: pathlib.Path
    """The folder of all libraries."""
    audited: bool = True
    """Whether its machine code is audited, which at -O0 takes as long as building it."""
    backends: str = ""
    """A regular expression that both Python and CMake understand: the only C++ backends in it, by whole name; empty: all."""

    @property
    def label(self) -> str:
        """The library's name in results, and of its folder."""
        return "-".join(filter(None, (self.compiler.label, self.flag_label)))

    @property
    def folder(self) -> pathlib.Path:
        """Where it is built."""
        return self.output / self.label

    @property
    def file(self) -> pathlib.Path:
        """The library."""
        return self.folder / LIBRARY

    @property
    def log(self) -> pathlib.Path:
        """What the compiler and others said."""
        return self.folder / "build.log"


@dataclass(frozen=True)
class BuiltLibrary:
    """What a build gave."""

    costs: list[BackendBuild]
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Why, for each backend on which the compiler failed."""


@dataclass(frozen=True)
class Outcome:
    """What became of a wanted library."""

    library: WantedLibrary
    seconds: float
    built: BuiltLibrary | None = None
    unchanged: bool = False
    failure: str = ""
    """Empty if it was built."""
