"""Builds the backends as WebAssembly modules and lists them as libraries, one for each engine and mode."""

from __future__ import annotations

import pathlib
import subprocess
from collections.abc import Sequence

from libraries_file import ListedLibrary, write_libraries
from tool import REPOSITORY, ToolError, finished, make_folder

from .engine import Engine
from .modules import MODULE

TOOLCHAIN = REPOSITORY / "ci/toolchains/wasm32-wasi.cmake"


def build_modules(folder: pathlib.Path, jobs: int) -> None:
    """Builds the modules and their variants with typed references into `folder`. Raises ToolError."""
    make_folder(folder)
    log = folder / "build.log"
    commands: tuple[list[str | pathlib.Path], ...] = (
        [
            *("cmake", "-S", REPOSITORY / "backends", "-B", folder, "-G", "Ninja"),
            *("--toolchain", TOOLCHAIN, "-DCMAKE_BUILD_TYPE=RelWithDebInfo"),
            *("-DDISPATCHBENCH_LABEL=wasm", "-DDISPATCHBENCH_AUDIT=ON"),
        ],
        ["cmake", "--build", folder, "-j", str(jobs)],
    )
    with log.open("w", encoding="utf-8") as said:
        for command in commands:
            done = finished(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT
            )
            if done.returncode != 0:
                raise ToolError(
                    f"the WebAssembly module can't be built: see {log}; ci/setup --wasm installs what it needs"
                )


def list_engines(folder: pathlib.Path, engines: Sequence[Engine]) -> None:
    """Makes every engine a library of the folder: of that module, though what runs may be another one of the same code."""
    write_libraries(
        folder,
        [
            ListedLibrary(MODULE, engine.label, None, engine.command_for(folder))
            for engine in engines
        ],
    )
