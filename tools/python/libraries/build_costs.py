"""What it took a compiler to compile a backend."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BackendBuild:
    """One backend's compilation, measured alone."""

    name: str
    """The backend's name in its library."""

    compile_seconds: float
    """Processor time, user and system, of the compiler and everything it started."""

    compile_peak_bytes: int
    """The largest resident memory of any one of those processes."""
