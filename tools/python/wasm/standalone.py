"""Engines that run no JavaScript: they are given the module that is a WASI command and its own host."""

from __future__ import annotations

import pathlib
import re
import shutil
import subprocess
from collections.abc import Sequence

from compilers.installed import installed_packages
from tool import ToolError, finished

from .engine import IN_FOLDER, Engine, Missing, mode
from .modules import TYPED_COMMAND_MODULE

COMPILED = "dispatchbench_backends_command.wasmedge.wasm"
"""What wasmedge's compiler makes of the module, machine code and all."""
AHEAD = ("--run-mode=aot",)
REMEDIES = {
    "wasmedge": "tools/compilers install --suite sid --package wasmedge",
    "wasmtime": "put it on PATH; wasmtime.dev has it, Debian hasn't",
}
# Its compiler makes all code before anything runs. What the module needs isn't on in every version.
WASMTIME = ("run", "-W", "tail-call=y,function-references=y,gc=y")


def _wasmedge(version: str, program: pathlib.Path) -> list[Engine]:
    """What its compiler, LLVM, makes ahead of time. As users get it, it interprets: verifying alone would take an hour."""
    said = mode(AHEAD, name="WasmEdge", version=version, program=f"wasmedge {version}")
    command = (str(program), *AHEAD, IN_FOLDER + COMPILED, said)
    return [Engine("wasmedge-top", command, starts_cold=False)]


def _wasmtime(version: str, program: pathlib.Path) -> list[Engine]:
    said = mode((), name="Wasmtime", version=version, program=f"wasmtime {version}")
    command = (str(program), *WASMTIME, IN_FOLDER + TYPED_COMMAND_MODULE, said)
    return [Engine("wasmtime", command, starts_cold=False)]


def _version(program: pathlib.Path) -> str:
    """The number in what `PROGRAM --version` says."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"\d+(\.\d+)+", said.stdout)
    return found[0] if found else "of unknown version"


def found_standalone_engines() -> tuple[list[Engine], list[Missing]]:
    """Those that are here, and those that aren't."""
    programs = {
        program.name: (package.version, program)
        for package in installed_packages()
        for program in package.programs
    }
    for name in REMEDIES:
        if found := shutil.which(name):
            program = pathlib.Path(found)
            programs[name] = (_version(program), program)
    makers = {"wasmedge": _wasmedge, "wasmtime": _wasmtime}
    engines = [
        engine
        for name, make in makers.items()
        if name in programs
        for engine in make(*programs[name])
    ]
    return engines, [Missing(name, REMEDIES[name]) for name in makers if name not in programs]


def compile_ahead(folder: pathlib.Path, engines: Sequence[Engine]) -> None:
    """Lets wasmedge compile the folder's module, if it is to run and hasn't yet. Raises ToolError."""
    chosen = [engine for engine in engines if IN_FOLDER + COMPILED in engine.command]
    if not chosen:
        return
    module, compiled = folder / TYPED_COMMAND_MODULE, folder / COMPILED
    if compiled.exists() and compiled.stat().st_mtime_ns > module.stat().st_mtime_ns:
        return
    log = folder / "wasmedge.log"
    # Under another name, so that nothing that was interrupted is taken for whole.
    partial = compiled.with_suffix(".partial.wasm")
    with log.open("w", encoding="utf-8") as said:
        command: list[str | pathlib.Path] = [chosen[0].command[0], "compile", module, partial]
        done = finished(command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT)
    if done.returncode != 0 or not partial.exists():
        raise ToolError(f"wasmedge can't compile {module}: see {log}")
    partial.replace(compiled)
