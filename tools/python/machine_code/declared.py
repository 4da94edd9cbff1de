"""What a backend library says of itself, read from its structs without running it."""

from __future__ import annotations

import dataclasses
import pathlib
import struct

from abi_offsets import constants, offsets
from tool import ToolError

from .control_flow import Exploration
from .decoder import Decoder
from .elf_image import ElfImage
from .processors import processor_for
from .values import Constant


@dataclasses.dataclass(frozen=True)
class DeclaredBackend:
    """What a library says of one backend: the struct DispatchbenchBackend of backends/abi.h."""

    name: str
    family: str
    dispatch: str
    expected: str
    language: str
    run: int  # addresses of its functions
    prepare: int | None
    release: int | None
    generates_code: bool  # It runs machine code that it makes, which no file contains.


@dataclasses.dataclass(frozen=True)
class DeclaredLibrary:
    """What a library says of itself: the struct DispatchbenchLibrary of backends/abi.h."""

    label: str
    host: str
    language: str
    compiler: str
    compiler_version: str
    flags: str
    target: str
    backends: tuple[DeclaredBackend, ...]


class _Structs:
    """Reads members of the ABI's structs out of an image."""

    def __init__(self, image: ElfImage) -> None:
        self.image = image
        self.at = offsets()

    def number(self, base: int, member: str) -> int:
        """A 32-bit number."""
        return int(struct.unpack("<I", self.image.bytes_at(base + self.at[member], 4))[0])

    def optional(self, base: int, member: str) -> int | None:
        """A pointer that may be null."""
        return self.image.read(base + self.at[member], 8) or None

    def pointer(self, base: int, member: str) -> int:
        """A pointer that may not."""
        value = self.optional(base, member)
        if value is None:
            raise ToolError(f"{self.image.path}: {member} is null; backends/abi.h doesn't allow it")
        return value

    def text(self, base: int, member: str) -> str:
        """A string."""
        return self.image.text_at(self.pointer(base, member))

    def check_version(self, library: int) -> None:
        """Refuses a library of another ABI."""
        found, expected = self.number(library, "LIBRARY_ABI"), constants()["ABI_VERSION"]
        if found != expected:
            raise ToolError(
                f"{self.image.path}: has ABI version {found}; this audit reads version {expected}. "
                "Rebuild the library from the same checkout"
            )
        for struct_name in ("LIBRARY", "BACKEND", "MACHINE"):
            size = self.number(library, f"LIBRARY_{struct_name}_SIZE")
            expected = self.at[f"{struct_name}_SIZE"]
            if size != expected:
                raise ToolError(
                    f"{self.image.path}: its struct {struct_name.lower()} has {size} bytes; expected {expected}. "
                    "Rebuild the library from the same checkout"
                )

    def backend(self, base: int, library_language: str) -> DeclaredBackend:
        """One backend."""
        language = self.optional(base, "BACKEND_LANGUAGE")
        return DeclaredBackend(
            self.text(base, "BACKEND_NAME"),
            self.text(base, "BACKEND_FAMILY"),
            self.text(base, "BACKEND_DISPATCH"),
            self.text(base, "BACKEND_EXPECTED"),
            self.image.text_at(language) if language else library_language,
            self.pointer(base, "BACKEND_RUN"),
            self.optional(base, "BACKEND_PREPARE"),
            self.optional(base, "BACKEND_RELEASE"),
            self.number(base, "BACKEND_FLAGS") & constants()["GENERATES_CODE"] != 0,
        )

    def library(self, base: int) -> DeclaredLibrary:
        """The library."""
        self.check_version(base)
        language = self.text(base, "LIBRARY_LANGUAGE")
        first = self.pointer(base, "LIBRARY_BACKENDS")
        size = self.at["BACKEND_SIZE"]
        return DeclaredLibrary(
            self.text(base, "LIBRARY_LABEL"),
            self.text(base, "LIBRARY_HOST"),
            language,
            self.text(base, "LIBRARY_COMPILER"),
            self.text(base, "LIBRARY_COMPILER_VERSION"),
            self.text(base, "LIBRARY_FLAGS"),
            self.text(base, "LIBRARY_TARGET"),
            tuple(
                self.backend(first + index * size, language)
                for index in range(self.number(base, "LIBRARY_BACKEND_COUNT"))
            ),
        )


def is_backend_library(image: ElfImage) -> bool:
    """Whether an image says that it is a library of backends."""
    return "dispatchbench_library" in image.exported


def declared_library(decoder: Decoder) -> DeclaredLibrary:
    """What the decoder's library says of itself: follows dispatchbench_library() to the struct it returns."""
    image = decoder.image
    start = image.exported.get("dispatchbench_library")
    if start is None:
        raise ToolError(
            f"{image.path}: doesn't export dispatchbench_library; give a dispatchbench_backends.so"
        )
    returned = decoder.functions.exploration(start).returned
    if not isinstance(returned, Constant):
        raise ToolError(
            f"{image.path}: expected dispatchbench_library to return the address of a constant"
        )
    return _Structs(image).library(returned.number)


def read_declared_library(path: pathlib.Path) -> DeclaredLibrary:
    """What the library at `path` says of itself."""
    image = ElfImage(path)
    return declared_library(Decoder(image, processor_for(image.target)))
