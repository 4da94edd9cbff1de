"""Counts x86-64 instructions with Valgrind's callgrind, which executes every one of them and needs no privileges.

Counts what executes in the library's own code between the call of a backend's run function and its return. Devices
are not counted, because their code is the harness's and the same for all; a device call counts as one instruction. Of a
backend that generates code, this counts too.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import os
import pathlib
import re
import shutil
import tempfile
from collections.abc import Sequence

from arguments import label_and_path
from audit.library_audit import LibraryAudit
from machine_code.declared import DeclaredBackend
from machine_code.elf_image import ElfImage
from machine_code.symbol_names import readable
from sampler import Refused, Sampler
from tool import ToolError, WrongUsage, output_of
from workload import Workload

from .counted import (
    GENERATED,
    Candidate,
    Counted,
    Outcome,
    Session,
    Task,
    only_wanted,
    tasks_of,
    with_hashes,
    with_progress,
)

# Nothing of the caller's environment may change what the loader or libc does.
ENVIRONMENT = {"LC_ALL": "C", "LD_BIND_NOW": "1"}
# callgrind takes tail calls for recursion and marks the inner ones.
NO_FILE = "???"  # What callgrind says of code that a program made in memory.
RECURSION = re.compile(r"'\d+$")


def _without_debug_information(source: pathlib.Path, target: pathlib.Path) -> None:
    """Copies an ELF file; Valgrind 3.19 stops at clang 19's debug information."""
    output_of(
        ["strip", "--strip-debug", "-o", target, source],
        missing="Run ci/setup (package binutils)",
    )


def _run_symbol(image: ElfImage, backend: DeclaredBackend) -> str:
    """The name of a backend's run function, by which callgrind knows when to count."""
    symbol = image.symbol_at(backend.run)
    if symbol is None or symbol.address != backend.run:
        raise ToolError(
            f"{image.path}: the run function of {backend.name} has no symbol; "
            "count a library that isn't stripped"
        )
    return symbol.name


class Callgrind:
    """Runs workloads under callgrind, one process each."""

    def __init__(self, harness: pathlib.Path, scratch: pathlib.Path) -> None:
        valgrind = shutil.which("valgrind")
        if valgrind is None:
            raise ToolError(
                "valgrind isn't installed: run ci/setup (packages valgrind and libc6-dbg)"
            )
        if not harness.is_file():
            raise ToolError(
                f"{harness}: not there; build it with 'cmake --preset clang && cmake --build --preset clang', "
                "or name one with --harness"
            )
        self._valgrind = valgrind
        self._scratch = scratch
        self._harness = scratch / "dispatchbench"
        _without_debug_information(harness, self._harness)
        self._stripped: dict[str, pathlib.Path] = {}  # by label
        self.audits: dict[pathlib.Path, LibraryAudit] = {}

    def version(self) -> str:
        """Valgrind's version and libc's: counts are only comparable where both are the same."""
        version = output_of([self._valgrind, "--version"]).strip()
        return f"{version}, {os.confstr('CS_GNU_LIBC_VERSION')}"

    def library(self, text: str) -> list[Candidate]:
        """Prepares [LABEL=]PATH to be counted; returns its backends, yet without hashes."""
        label, path = label_and_path(text)
        audit = LibraryAudit(path)
        if audit.image.target != "x86_64":
            raise ToolError(
                f"{path}: made for {audit.image.target}; count it with --target aarch64"
            )
        label = label or audit.declared.label
        if label in self._stripped:
            raise WrongUsage(
                f'--library: two have the same label "{label}"; give them others with LABEL=PATH'
            )
        self._stripped[label] = self._scratch / f"library{len(self._stripped)}.so"
        _without_debug_information(path, self._stripped[label])
        self.audits[path] = audit
        return [
            Candidate(
                backend.name,
                label,
                path,
                backend.run,
                _run_symbol(audit.image, backend),
                None,
                backend.generates_code,
            )
            for backend in audit.declared.backends
        ]

    def count(self, task: Task) -> Outcome:
        """Runs a task once and counts."""
        candidate = task.candidate
        library = self._stripped[candidate.library]
        with tempfile.NamedTemporaryFile(dir=self._scratch, suffix=".callgrind") as output:
            valgrind = [
                self._valgrind,
                "--tool=callgrind",
                f"--callgrind-out-file={output.name}",
                f"--toggle-collect={candidate.symbol}",
                "--demangle=no",
                "--compress-strings=no",
                "--compress-pos=no",
            ]
            if candidate.generates_code:
                # Valgrind would go on with what such code was before it was patched.
                valgrind.append("--smc-check=all")
            refused = self._run(task, library, valgrind)
            if refused:
                return refused
            by_symbol = self_costs(
                pathlib.Path(output.name).read_text(), str(library), candidate.generates_code
            )
        by_symbol = task.wanted(by_symbol)
        instructions = sum(by_symbol.values())
        if instructions == 0:
            raise ToolError(f"{task.row}: callgrind saw no call of {candidate.symbol}")
        return Counted(instructions, by_symbol)

    def _run(self, task: Task, library: pathlib.Path, valgrind: list[str]) -> Refused | None:
        """Runs a task under Valgrind and checks its result; says so if the backend refuses the program."""
        workload = task.workload
        with Sampler([self._harness, "serve"], prefix=valgrind, environment=ENVIRONMENT) as sampler:
            sampler.load(library)
            program = sampler.program(
                workload.name,
                workload.rom,
                workload.input,
                workload.arguments,
                workload.frames,
            )
            sample = sampler.run(task.candidate.backend, program)
            if isinstance(sample, Refused):
                return sample
            state = sampler.state()
        wrong = workload.difference(state.output, state.error, state.exit_code)
        if wrong:
            raise ToolError(f"{task.row}: {wrong}; a wrong run isn't counted")
        return None


def self_costs(text: str, object_file: str, counts_generated_code: bool = False) -> dict[str, int]:
    """The instructions of each function of `object_file` without its callees, from an uncompressed callgrind file; and
    those in no file at all, if wanted."""
    result: collections.Counter[str] = collections.Counter()
    in_object, is_generated, function, is_call = False, False, "", False
    for line in text.splitlines():
        if line.startswith("ob="):
            is_generated = counts_generated_code and line[3:] == NO_FILE
            in_object = is_generated or line[3:] == object_file
        elif line.startswith("fn="):
            function = GENERATED if is_generated else readable(RECURSION.sub("", line[3:]))
        elif line.startswith("calls="):
            is_call = True  # The next line is what the callee cost.
        elif line[:1].isdigit():
            if is_call:
                is_call = False
            elif in_object:
                result[function] += int(line.split()[1])
    return dict(result)


def count_x86_64(options: argparse.Namespace, workloads: Sequence[Workload]) -> Session:
    """Counts what the options ask for."""
    if options.function:
        raise WrongUsage("--function: only with --target aarch64")
    with tempfile.TemporaryDirectory(prefix="dispatchbench-count-") as scratch:
        counter = Callgrind(options.harness, pathlib.Path(scratch))
        found = [candidate for text in options.library for candidate in counter.library(text)]
        candidates = with_hashes(only_wanted(found, options.backend), counter.audits)
        tasks = tasks_of(candidates, workloads, options.exclude)
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            outcomes = with_progress(tasks, pool.map(counter.count, tasks))
        return Session("x86_64", counter.version(), candidates, outcomes)
