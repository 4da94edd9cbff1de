"""Which compilers tools/compilers has installed, and where."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Mapping
from typing import Any

from data_folder import data_folder
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


@dataclasses.dataclass(frozen=True)
class InstalledPackage:
    """Another package of the prefix, whose programs run as its compilers do."""

    name: str
    version: str
    suite: str
    packages: Mapping[str, str]
    programs: tuple[pathlib.Path, ...]


def prefix_folder() -> pathlib.Path:
    """The folder that holds the installed compilers; it need not exist."""
    return data_folder("DISPATCHBENCH_COMPILERS", "compilers")


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
        return {"schema": SCHEMA, "compilers": [], "packages": []}
    document = read_object(path, REMEDY)
    if document.get("schema") != SCHEMA:
        found = document.get("schema")
        raise ToolError(f"{path}: schema: found {found!r}, expected {SCHEMA}; {REMEDY}")
    return document


def installed_compilers() -> list[InstalledCompiler]:
    """The compilers of the prefix, in the order of their installation; none if there is no prefix."""
    bin_folder = prefix_folder() / "bin"
    found = []
    for entry in _entries("compilers"):
        cc, cxx = (bin_folder / program for program in program_names(entry["name"]))
        found.append(InstalledCompiler(**_shared_fields(entry), cc=cc, cxx=cxx))
    return found


def installed_packages() -> list[InstalledPackage]:
    """What else was installed into the prefix, with --package."""
    bin_folder = prefix_folder() / "bin"
    return [
        InstalledPackage(
            **_shared_fields(entry),
            programs=tuple(bin_folder / str(program) for program in entry.get("programs", [])),
        )
        for entry in _entries("packages")
    ]


def _entries(field: str) -> list[dict[str, Any]]:
    prefix = prefix_folder()
    entries = read_document(prefix).get(field, [])
    if not isinstance(entries, list) or not all(_is_entry(entry) for entry in entries):
        raise ToolError(
            f"{prefix / NAME}: {field}: expected a list of objects with name, version, suite and packages; {REMEDY}"
        )
    return entries


def _is_entry(entry: object) -> bool:
    return (
        isinstance(entry, dict)
        and all(isinstance(entry.get(field), str) for field in ("name", "version", "suite"))
        and isinstance(entry.get("packages"), dict)
    )


def _shared_fields(entry: dict[str, Any]) -> dict[str, Any]:
    return {field: entry[field] for field in ("name", "version", "suite", "packages")}
