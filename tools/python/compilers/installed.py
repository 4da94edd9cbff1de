"""Which compilers tools/compilers has installed, and where."""

from __future__ import annotations

import dataclasses
import os
import pathlib
from collections.abc import Mapping
from typing import Any

from tool import ToolError, read_object

NAME = "compilers.json"
SCHEMA = 1
REMEDY = "remove the folder and install again with tools/compilers"


@dataclasses.dataclass(frozen=True)
class InstalledCompiler:
    """A compiler of the prefix. Its programs behave like the compiler on any file of the machine."""

    name: str  # as it is asked for and labelled: clang-21, g++-16, rustc-1.97
    version: str  # 21.1.8
    suite: str  # of Debian
    packages: Mapping[str, str]  # package to exact version, of all that was unpacked for it
    cc: pathlib.Path  # of Rust, both are rustc
    cxx: pathlib.Path


def prefix_folder() -> pathlib.Path:
    """The folder that holds the installed compilers; it need not exist."""
    chosen = os.environ.get("DISPATCHBENCH_COMPILERS")
    if chosen:
        return pathlib.Path(chosen).absolute()
    data = os.environ.get("XDG_DATA_HOME")
    # The specification of these folders says that a relative one is to be ignored.
    base = pathlib.Path(data) if data and os.path.isabs(data) else _home() / ".local/share"
    return base / "dispatchbench/compilers"


def _home() -> pathlib.Path:
    try:
        return pathlib.Path.home()
    except RuntimeError as error:
        raise ToolError(
            "this user has no home folder; set DISPATCHBENCH_COMPILERS to a folder for compilers"
        ) from error


def program_names(name: str) -> tuple[str, str]:
    """The names of a compiler's programs for C and for C++; the same one twice for other languages."""
    for family, c_family in (("g++-", "gcc-"), ("clang-", "clang-")):
        if name.startswith(family):
            version = name.removeprefix(family)
            cxx_family = "clang++-" if family == "clang-" else family
            return c_family + version, cxx_family + version
    return name, name


def read_document(prefix: pathlib.Path) -> dict[str, Any]:
    """What the prefix's compilers.json says; an empty one if there is no such file."""
    path = prefix / NAME
    if not path.exists():
        return {"schema": SCHEMA, "compilers": []}
    document = read_object(path, REMEDY)
    if document.get("schema") != SCHEMA:
        found = document.get("schema")
        raise ToolError(f"{path}: schema: found {found!r}, expected {SCHEMA}; {REMEDY}")
    return document


def installed_compilers() -> list[InstalledCompiler]:
    """The compilers of the prefix, in the order of their installation; none if there is no prefix."""
    prefix = prefix_folder()
    found = []
    try:
        for entry in read_document(prefix)["compilers"]:
            cc, cxx = (prefix / "bin" / program for program in program_names(entry["name"]))
            packages = {
                str(package): str(version) for package, version in entry["packages"].items()
            }
            found.append(
                InstalledCompiler(
                    entry["name"], entry["version"], entry["suite"], packages, cc, cxx
                )
            )
    except (KeyError, TypeError, AttributeError) as error:
        raise ToolError(
            f"{prefix / NAME}: not a list of compilers ({error!r}); {REMEDY}"
        ) from error
    return found
