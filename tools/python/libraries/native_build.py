"""Builds the C++ backends with one compiler: configures the project backends/ alone and has ninja build it."""

from __future__ import annotations

import os
import pathlib
import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence

from machine_code.declared import read_declared_library
from tool import REPOSITORY, ToolError, finished

from .compile_records import CompileRecord, costs_of, read_records, why_failed
from .wanted import LIBRARY, BuiltLibrary, WantedLibrary

# They would change the build without a word of it in the results, or give compile times of a cache.
IGNORED_VARIABLES = ("CFLAGS", "CXXFLAGS", "ASMFLAGS", "LDFLAGS")
OVERRIDDEN_VARIABLES = {"CCACHE_DISABLE": "1", "LC_ALL": "C.UTF-8"}


def build_native(library: WantedLibrary, jobs: int) -> BuiltLibrary:
    """Builds the library, without the backends on which the compiler fails. Raises ToolError."""
    library.log.write_text("")
    left_out = _left_out_before(library.folder)
    _configure(library, left_out)
    if left_out:  # Their sources may have been mended since.
        _ninja(library, [f"backend_{name}" for name in left_out], jobs)
    while True:
        failed = _failures(library, read_records(library.folder))
        if failed != left_out:
            left_out = failed
            _configure(library, left_out)
        succeeded = _ninja(library, [LIBRARY], jobs)
        records = read_records(library.folder)
        if _failures(library, records) == left_out:
            break
    if not succeeded:
        raise ToolError(_why_not_built(library, records))
    backends = [backend.name for backend in read_declared_library(library.file).backends]
    if not backends:
        raise ToolError(_why_empty(library, left_out))
    return BuiltLibrary(costs_of(records, backends), left_out)


def _run(library: WantedLibrary, command: Sequence[str | pathlib.Path]) -> bool:
    """Runs a command and appends what it says to the log; returns whether it succeeded."""
    environment = {
        name: value for name, value in os.environ.items() if name not in IGNORED_VARIABLES
    }
    try:
        done = finished(
            command,
            env=environment | OVERRIDDEN_VARIABLES,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except FileNotFoundError as error:
        raise ToolError(f"{command[0]}: not found; ci/setup installs it") from error
    with library.log.open("a", encoding="utf-8") as log:
        log.write(f"$ {shlex.join(map(str, command))}\n{done.stdout}\n")
    return done.returncode == 0


def _configure(library: WantedLibrary, left_out: Mapping[str, str]) -> None:
    costs = pathlib.Path(__file__).with_name("record_costs.cmake")
    # One element, since CMake drops a flag that is there twice: the second -mllvm.
    flags = f"SHELL:{shlex.join(library.flags)}" if library.flags else ""
    command: list[str | pathlib.Path] = [
        *("cmake", "-S", REPOSITORY / "backends", "-B", library.folder, "-G", "Ninja"),
        "-DCMAKE_BUILD_TYPE=RelWithDebInfo",
        f"-DCMAKE_CXX_COMPILER={library.compiler.path}",
        "-DCMAKE_CXX_COMPILER_LAUNCHER=",
        f"-DCMAKE_PROJECT_INCLUDE={costs}",
        f"-DDISPATCHBENCH_LABEL={library.label}",
        f"-DDISPATCHBENCH_AUDIT={'ON' if library.audited else 'OFF'}",
        f"-DDISPATCHBENCH_BACKENDS={library.backends}",
        f"-DDISPATCHBENCH_BACKEND_FLAGS={flags}",
        "-UDISPATCHBENCH_WITHOUT_*",
        *(f"-DDISPATCHBENCH_WITHOUT_{name}={reason}" for name, reason in left_out.items()),
    ]
    if not _run(library, command):
        raise ToolError(f"can't be configured: {_complaint(library.log)}; all of it: {library.log}")


def _ninja(library: WantedLibrary, targets: Sequence[str], jobs: int) -> bool:
    """Builds as much of the targets as can be built; returns whether that was all."""
    return _run(library, ["ninja", "-C", library.folder, "-k", "0", "-j", str(jobs), *targets])


def _failures(library: WantedLibrary, records: Sequence[CompileRecord]) -> dict[str, str]:
    """The backends on which the compiler failed, and why."""
    compiler = " ".join((library.compiler.family, library.compiler.version, *library.flags))
    return {
        record.backend: why_failed(record, compiler)
        for record in records
        if record.exit_code != 0 and record.backend
    }


def _left_out_before(folder: pathlib.Path) -> dict[str, str]:
    """What the build folder is configured to leave out."""
    prefix = "DISPATCHBENCH_WITHOUT_"
    try:
        lines = (folder / "CMakeCache.txt").read_text("utf-8").splitlines()
    except FileNotFoundError:
        return {}
    found = {}
    for line in lines:
        if line.startswith(prefix):
            name, _, reason = line.removeprefix(prefix).partition("=")
            found[name.partition(":")[0]] = reason
    return found


def _why_not_built(library: WantedLibrary, records: Sequence[CompileRecord]) -> str:
    for record in records:
        if record.exit_code != 0 and record.backend is None:
            compiler = f"{library.compiler.family} {library.compiler.version}"
            return f"{record.source}: {why_failed(record, compiler)}; all of it: {library.log}"
    return f"{_complaint(library.log)}; all of it: {library.log}"


def _why_empty(library: WantedLibrary, left_out: Mapping[str, str]) -> str:
    if left_out:
        return f"no backend can be built: {'; '.join(left_out.values())}"
    return (
        f"--backend {library.backends}: matches no backend that {library.compiler.label} can build"
    )


def _complaint(log: pathlib.Path) -> str:
    """The first error that a log holds, of a compiler or of require_flags in probes.cmake, or else its end."""
    lines = log.read_text("utf-8").strip().splitlines()
    errors = [
        line.strip() for line in lines if re.search(r"\berror: |^ *DISPATCHBENCH_\w+: ", line)
    ]
    return errors[0] if errors else "\n".join(lines[-12:])
