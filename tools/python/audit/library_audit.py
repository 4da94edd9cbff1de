"""The audit of a whole library."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence
from typing import Any

from machine_code.declared import DeclaredLibrary, declared_library
from machine_code.decoder import Decoder
from machine_code.elf_image import ElfImage
from machine_code.processors import processor_for
from tool import ToolError, WrongUsage

from .backend_code import BackendCode
from .figures import SCHEMA, all_handler_figures, backend_figures
from .technique import ANYTHING, TECHNIQUES


class LibraryAudit:
    """A library's backends, each taken apart when it is asked for."""

    def __init__(self, path: pathlib.Path, image: ElfImage | None = None) -> None:
        """Reads the library at `path`, or takes the image that was read from there."""
        self.path = path
        self.image = image or ElfImage(path)
        if any(name.startswith("__asan_") for name in self.image.undefined):
            raise ToolError(
                f"{path}: is built with AddressSanitizer, whose checks are most of its code; audit one that is built "
                "without, as the presets clang and gcc do"
            )
        self.decoder = Decoder(self.image, processor_for(self.image.target))
        self.declared: DeclaredLibrary = declared_library(self.decoder)
        unknown = {backend.expected for backend in self.declared.backends}
        unknown -= {*TECHNIQUES, ANYTHING}
        if unknown:
            raise ToolError(
                f"{path}: a backend's EXPECTED is {', '.join(sorted(unknown))}; known: "
                f"{', '.join((*TECHNIQUES, ANYTHING))}. Correct add_backend in its CMakeLists.txt"
            )
        self._taken_apart: dict[str, BackendCode] = {}

    def backend(self, name: str) -> BackendCode:
        """One backend. Raises WrongUsage if the library doesn't have it."""
        if name not in self._taken_apart:
            declared = {backend.name: backend for backend in self.declared.backends}
            if name not in declared:
                raise WrongUsage(
                    f"--backend {name}: not in {self.path}; it has {', '.join(declared)}"
                )
            self._taken_apart[name] = BackendCode(self.decoder, declared[name])
        return self._taken_apart[name]

    def chosen(self, only: Sequence[str]) -> dict[str, BackendCode]:
        """The backends named in `only`, or all if it is empty."""
        names = only or [backend.name for backend in self.declared.backends]
        return {name: self.backend(name) for name in names}

    @property
    def backends(self) -> dict[str, BackendCode]:
        """All backends."""
        return self.chosen([])

    def to_json(self, only: Sequence[str]) -> dict[str, Any]:
        """LIBRARY.audit.json, with the backends named in `only` or with all."""
        chosen = self.chosen(only)
        return {
            "schema": SCHEMA,
            "library_hash": self.image.content_hash,  # of the file that this describes
            "target": self.declared.target,
            "library": self.path.name,
            "label": self.declared.label,
            "compiler": f"{self.declared.compiler} {self.declared.compiler_version}",
            "flags": self.declared.flags,
            "backends": {name: backend_figures(code) for name, code in chosen.items()},
            # Apart from the backends, because results hold those without these.
            "handlers": {name: all_handler_figures(code) for name, code in chosen.items()},
        }
