"""A backend library loaded with ctypes: what it says of itself, by the offsets of abi.h."""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from abi_offsets import offsets  # noqa: E402


@dataclass(frozen=True)
class Backend:
    """One backend as its library describes it."""

    name: str
    family: str
    dispatch: str
    summary: str
    expected: str
    language: str | None
    prepares: bool
    releases: bool
    flags: int
    source_lines: int


@dataclass(frozen=True)
class BackendLibrary:
    """A library's description of itself."""

    label: str
    backends: dict[str, Backend]
    unavailable: dict[str, str]


def _pointer(address: int) -> int | None:
    return ctypes.c_void_p.from_address(address).value


def _text(address: int) -> str | None:
    pointer = _pointer(address)
    return ctypes.string_at(pointer).decode() if pointer else None


def _number(address: int) -> int:
    return ctypes.c_uint32.from_address(address).value


def _required_text(address: int) -> str:
    text = _text(address)
    assert text is not None
    return text


def load(path: Path) -> BackendLibrary:
    """Loads the library, for good, and reads its description."""
    at = offsets()
    function = ctypes.CDLL(str(path)).dispatchbench_library
    function.restype = ctypes.c_void_p
    library = function()
    backends = {}
    for index in range(_number(library + at["LIBRARY_BACKEND_COUNT"])):
        base = (_pointer(library + at["LIBRARY_BACKENDS"]) or 0) + index * at["BACKEND_SIZE"]
        backend = Backend(
            _required_text(base + at["BACKEND_NAME"]),
            _required_text(base + at["BACKEND_FAMILY"]),
            _required_text(base + at["BACKEND_DISPATCH"]),
            _required_text(base + at["BACKEND_SUMMARY"]),
            _required_text(base + at["BACKEND_EXPECTED"]),
            _text(base + at["BACKEND_LANGUAGE"]),
            _pointer(base + at["BACKEND_PREPARE"]) is not None,
            _pointer(base + at["BACKEND_RELEASE"]) is not None,
            _number(base + at["BACKEND_FLAGS"]),
            _number(base + at["BACKEND_SOURCE_LINES"]),
        )
        backends[backend.name] = backend
    unavailable = {}
    for index in range(_number(library + at["LIBRARY_UNAVAILABLE_COUNT"])):
        base = (_pointer(library + at["LIBRARY_UNAVAILABLE"]) or 0) + index * at["UNAVAILABLE_SIZE"]
        name = _required_text(base + at["UNAVAILABLE_NAME"])
        unavailable[name] = _required_text(base + at["UNAVAILABLE_REASON"])
    return BackendLibrary(_required_text(library + at["LIBRARY_LABEL"]), backends, unavailable)
