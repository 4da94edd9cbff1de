"""Reads the output of `dispatchbench verify --json`: whether each backend of each library is right."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from dispatchbench_reports.problems import Problem
from dispatchbench_reports.reading.json_fields import Fields, described
from dispatchbench_reports.reading.json_file import read_json

SCHEMA_VERSION = 1
REMEDY = "Give the output of `dispatchbench verify --json`"
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class VerifiedBackend:
    """One backend's answer; reason and where are empty if it is right."""

    name: str
    correct: bool
    reason: str
    where: str


@dataclass(frozen=True)
class VerifiedLibrary:
    """A library, the compiler and flags it stands for, and its backends."""

    label: str
    compiler: str
    compiler_version: str
    released: str
    """date of the compiler's release, or empty"""
    base: str
    """label of the library without further flags: its own, if it is that one"""
    level: str
    """label of its flags; empty if it has none beside the usual ones"""
    backends: tuple[VerifiedBackend, ...]
    unavailable: tuple[tuple[str, str], ...]
    """names and reasons"""

    @property
    def compiler_text(self) -> str:
        return " ".join(part for part in (self.compiler, self.compiler_version) if part)

    @property
    def wrong(self) -> tuple[VerifiedBackend, ...]:
        return tuple(backend for backend in self.backends if not backend.correct)


def _objects(parent: Fields, name: str) -> list[Fields]:
    """A list of objects that may be empty."""
    return parent.objects(name) if parent.values.get(name) != [] else []


def _text_or_null(fields: Fields, name: str) -> str:
    return "" if name in fields.values and fields.values[name] is None else fields.text(name)


def _backend(row: Fields) -> VerifiedBackend:
    correct: Any = row.values.get("correct")
    if not isinstance(correct, bool):
        raise row.wrong("correct", "true or false")
    reason, where = _text_or_null(row, "reason"), _text_or_null(row, "where")
    if correct and reason:
        raise row.problem("reason", f"found {described(reason)} of a backend that is right")
    if not correct and not reason:
        raise row.problem("reason", "is null, expected what is wrong, since correct is false")
    return VerifiedBackend(row.text("name"), correct, reason, where)


def _factors(library: Fields, label: str) -> tuple[str, str, str]:
    """Release date, base and level; a library without a build stands for itself."""
    if library.values.get("build") is None:
        return "", label, ""
    build = library.object("build")
    released = (
        _text_or_null(build, "compiler_released") if "compiler_released" in build.values else ""
    )
    if released and not DATE.fullmatch(released):
        raise build.wrong("compiler_released", "a date such as 2025-08-26, or null")
    if build.values.get("factors") is None:
        return released, label, ""
    factors = build.object("factors")
    return released, factors.text("base"), factors.text("label")


def _library(library: Fields) -> VerifiedLibrary:
    label = library.text("label")
    released, base, level = _factors(library, label)
    backends = tuple(map(_backend, _objects(library, "backends")))
    unavailable = tuple(
        (missing.text("name"), missing.text("reason"))
        for missing in _objects(library, "unavailable")
    )
    names = [backend.name for backend in backends] + [name for name, _ in unavailable]
    for name in names:
        if names.count(name) > 1:
            raise library.problem("backends", f"{name} occurs twice", "Write each backend once")
    return VerifiedLibrary(
        label=label,
        compiler=library.text("compiler"),
        compiler_version=library.any_text("compiler_version"),
        released=released,
        base=base,
        level=level,
        backends=backends,
        unavailable=unavailable,
    )


def read_verification(path: str) -> tuple[VerifiedLibrary, ...]:
    """Every library of the file; raises Problem with file and field."""
    document = Fields.of(path, "", read_json(path), REMEDY)
    document.schema(SCHEMA_VERSION)
    libraries = tuple(map(_library, document.objects("libraries")))
    seen: dict[tuple[str, str], int] = {}
    for index, library in enumerate(libraries):
        key = (library.base, library.level)
        if key in seen:
            raise Problem(
                path,
                f"libraries[{index}]",
                f"{library.label} stands for {library.base} at {library.level or 'its usual flags'}, "
                f"as libraries[{seen[key]}] does",
                "Verify each library once",
            )
        seen[key] = index
    if not any(library.backends for library in libraries):
        raise document.problem("libraries", "no library has a backend that was verified", REMEDY)
    return libraries
