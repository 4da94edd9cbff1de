"""Builds the library of backends/rust with one compiler."""

from __future__ import annotations

import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tool import REPOSITORY, ToolError, finished, make_folder, output_of

from . import record_cost
from .build_costs import BackendBuild

RECORD_COST = pathlib.Path(record_cost.__file__)
SOURCE = REPOSITORY / "backends/rust/library.rs"
LIBRARY = "dispatchbench_backends.so"

# No -C target-cpu: results are about dispatch, and counts must be the same on every machine. Symbols as of version 0 name a
# handler's opcode. Unoptimised code refers to what handles exceptions, of which there are none. As for the C++ backends, no
# common ends of arms are merged, which would cost another jump, and each handler starts on its own cache line: together
# 0.93 of the time for rust_match and rust_become, 0.77 for rust_loop_match (rustc 1.95, Xeon VM, 5 workloads).
FLAGS = (
    "--edition=2021",
    "-Copt-level=2",
    "-Cpanic=abort",
    "-Ccodegen-units=1",
    "-Csymbol-mangling-version=v0",
    "-Cllvm-args=-enable-tail-merge=false",
    "-Cllvm-args=-align-all-functions=6",
    "-Clink-arg=-Wl,-z,now,--defsym=rust_eh_personality=0",
)


@dataclass(frozen=True)
class RustBackend:
    """A backend of backends/rust, which is compiled if --cfg says its name."""

    name: str
    needs: str = ""
    """What it needs beyond stable Rust, in words."""

    probe: str = ""
    """A crate that compiles where that is there."""


BACKENDS = (
    RustBackend("rust_match"),
    RustBackend(
        "rust_loop_match",
        "the unstable feature loop_match",
        """#![no_std] #![feature(loop_match)] #![allow(incomplete_features)]
        pub fn f(mut s: u8) { #[loop_match] loop { s = 'next: { match s { 0 => return, _ => break 'next s - 1 } } } }""",
    ),
    RustBackend(
        "rust_become",
        "the unstable features explicit_tail_calls and rust_preserve_none_cc",
        """#![no_std] #![feature(explicit_tail_calls, rust_preserve_none_cc)] #![allow(incomplete_features)]
        pub extern "rust-preserve-none" fn f(n: u8) { become f(n) }""",
    ),
)


def build_rust_library(
    rustc: pathlib.Path, folder: pathlib.Path, label: str, flags: Sequence[str]
) -> list[BackendBuild]:
    """Writes the library to `folder`. Returns what each backend cost: rustc's time and memory for the
    crate with that backend alone, which is another run than the one that made the library. Each includes what all share:
    reading the headers, the opcodes' bodies and the rare path.

    Raises ToolError if the compiler can't be run, refuses the sources, or makes no library.
    """
    make_folder(folder)
    version = _version_of(rustc)
    environment = _environment(version)
    missing = {
        backend.name: reason
        for backend in BACKENDS
        if (reason := _reason_against(backend, rustc, environment))
    }
    available = [backend.name for backend in BACKENDS if backend.name not in missing]
    costs = [_cost_of(name, rustc, flags, folder, environment) for name in available]
    described = {
        **environment,
        "DISPATCHBENCH_LABEL": label,
        "DISPATCHBENCH_COMPILER_VERSION": version,
        "DISPATCHBENCH_FLAGS": " ".join([*FLAGS, *flags]),
        "DISPATCHBENCH_SOURCE_LINES": _source_lines(),
        **{f"DISPATCHBENCH_NO_{name.upper()}": reason for name, reason in missing.items()},
    }
    library = folder / LIBRARY
    command = [rustc, *_arguments(available, flags, "cdylib", library)]
    try:
        _compile(command, described)
    except ToolError as error:
        # A compiler in a prefix may see a gcc there, but no cc, which only an installation makes.
        if "linker `cc` not found" not in str(error):
            raise
        _compile([*command, "-Clinker=gcc"], described)
    if not library.is_file():
        raise ToolError(
            f"{rustc}: ended without an error and made no {library}; try the command by hand"
        )
    return costs


def _source_lines() -> str:
    """The lines of code of the folder, counted as for the C++ backends."""
    counter = REPOSITORY / "backends/source_lines.cmake"
    command = ["cmake", f"-DFOLDER={SOURCE.parent}", "-P", str(counter)]
    return output_of(command, missing="install CMake, which counts lines of code").strip()


def _version_of(rustc: pathlib.Path) -> str:
    """The release that the compiler says it is: 1.95.0, or 1.97.0-nightly."""
    said = output_of([rustc, "-vV"], missing="name a rustc")
    found = re.search(r"^release: (\S+)$", said, re.MULTILINE)
    if found is None:
        raise ToolError(
            f"{rustc}: is no rustc: -vV has no line 'release: VERSION', but says {said[:200]!r}"
        )
    return found[1]


def _environment(version: str) -> dict[str, str]:
    """What a compilation runs in. Only a nightly lets a crate ask for unstable features by itself."""
    is_nightly = "-nightly" in version or "-dev" in version
    return {**os.environ} if is_nightly else {**os.environ, "RUSTC_BOOTSTRAP": "1"}


def _reason_against(
    backend: RustBackend, rustc: pathlib.Path, environment: Mapping[str, str]
) -> str | None:
    """Why this compiler can't build the backend; None if it can."""
    if not backend.probe:
        return None
    # Not to os.devnull: rustc replaces what it writes, the device too if it may.
    with tempfile.TemporaryDirectory() as folder:
        done = finished(
            [
                *(rustc, "--edition=2021", "--crate-type=lib", "--crate-name=probe"),
                *("--emit=metadata", "--out-dir", folder, "-"),
            ],
            text=backend.probe,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    if done.returncode == 0:
        return None
    error = next(
        (line for line in done.stderr.splitlines() if line.startswith("error")), "no error"
    )
    return f"needs {backend.needs}; rustc says: {error}"


def _arguments(
    backends: Sequence[str], flags: Sequence[str], crate_type: str, output: pathlib.Path
) -> list[str | pathlib.Path]:
    """What rustc is called with to make a crate with these backends."""
    chosen = [f"--cfg={name}" for name in backends]
    return [*FLAGS, *chosen, *flags, f"--crate-type={crate_type}", "-o", output, SOURCE]


def _cost_of(
    name: str,
    rustc: pathlib.Path,
    flags: Sequence[str],
    folder: pathlib.Path,
    environment: Mapping[str, str],
) -> BackendBuild:
    """What it takes to compile the crate with one backend to an object."""
    output = folder / f"{name}.o"
    arguments = [*_arguments([name], flags, "lib", output), "--emit=obj"]
    _compile([sys.executable, RECORD_COST, rustc, *arguments], environment)
    record = json.loads(output.with_name(f"{output.name}{record_cost.SUFFIX}").read_text())
    return BackendBuild(name, record["seconds"], record["peak_bytes"])


def _compile(command: Sequence[str | pathlib.Path], environment: Mapping[str, str]) -> None:
    """Runs a compilation. Raises ToolError with what the compiler said if it fails."""
    done = finished(
        command,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode != 0:
        line = shlex.join(str(word) for word in command)
        raise ToolError(f"{line} failed (exit code {done.returncode}):\n{done.stdout.strip()}")
