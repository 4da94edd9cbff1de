"""How a library was built: compiler packages, the factors it stands for, and what compiling each backend took."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping


@dataclass(frozen=True)
class Factors:
    """The flags by which a library differs from others of its compiler."""

    base: str
    """label of the library without further flags"""
    flags: str
    label: str


@dataclass(frozen=True)
class Compilation:
    """What compiling one backend took."""

    seconds: float | None
    peak_bytes: int | None


@dataclass(frozen=True)
class Build:
    """What LIBRARY.build.json says."""

    compiler_name: str = ""
    compiler_released: str | None = None
    """date of the major version's release"""
    packages: Mapping[str, str] = field(default_factory=dict)
    """versions of the compiler's packages by name"""
    factors: Factors | None = None
    compilations: Mapping[str, Compilation] = field(default_factory=dict)
    """by backend"""


def build_from_json(found: Mapping[str, Any] | None) -> Build | None:
    """The build of a JSON object that follows its schema; None if the library came without one."""
    if found is None:
        return None
    factors = found["factors"]
    return Build(
        compiler_name=found["compiler_name"],
        compiler_released=found["compiler_released"],
        packages=found["packages"],
        factors=Factors(factors["base"], factors["flags"], factors["label"]) if factors else None,
        compilations={
            backend["name"]: Compilation(
                backend.get("compile_seconds"), backend.get("compile_peak_bytes")
            )
            for backend in found["backends"]
        },
    )
