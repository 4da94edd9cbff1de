"""Which flag sets each compiler takes, as it says itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from arguments import matching
from libraries.compiler import Compiler
from libraries.find_compilers import found_compilers
from tool import ToolError

from .flag_sets import FLAG_SETS, PGO, FlagSet
from .probing import refusal
from .profile import INSTRUMENT


@dataclass(frozen=True)
class Offered:
    """One flag set with one compiler."""

    compiler: Compiler
    flag_set: FlagSet
    flags: tuple[str, ...]
    refused: str | None
    """Why the compiler doesn't take it; None if it does."""


def chosen_compilers(wanted: re.Pattern[str]) -> list[Compiler]:
    """The C++ compilers whose label matches. Raises WrongUsage if none does."""
    known = [compiler for compiler in found_compilers() if compiler.language == "c++"]
    if not known:
        raise ToolError(
            "no compiler found: neither clang++-N nor g++-N is on PATH; ci/setup installs them"
        )
    return matching("--compiler", wanted, known, lambda compiler: compiler.label)


def chosen_sets(wanted: re.Pattern[str]) -> list[FlagSet]:
    """The flag sets whose label matches. Raises WrongUsage if none does."""
    return matching("--set", wanted, FLAG_SETS, lambda flag_set: flag_set.label)


def offered(compiler: Compiler, sets: Sequence[FlagSet]) -> list[Offered]:
    """Asks the compiler about each set. Of profile-guided optimisation it is asked whether it can instrument."""
    found = []
    for flag_set in sets:
        flags = flag_set.flags(compiler.family)
        asked = (INSTRUMENT,) if flag_set.label == PGO else flags
        found.append(Offered(compiler, flag_set, flags, refusal(compiler.path, asked)))
    return found
