"""Counts x86-64 instructions with Valgrind's callgrind, which executes every one of them and needs no privileges.

Counted is what executes in the library's own code between the call of a backend's run function and its return. What a
device does is not, since it is the harness's code and the same for all; a device call counts as the one instruction.
"""

from __future__ import annotations

import collections
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from auditing.elf_image import readable
from auditing.findings import LibraryAudit
from tool import ToolError

from .workload import Workload

# Nothing of the caller's environment may change what the loader or libc does.
ENVIRONMENT = {"LC_ALL": "C", "LD_BIND_NOW": "1"}
# callgrind takes tail calls for recursion and marks the inner ones.
RECURSION = re.compile(r"'\d+$")


@dataclasses.dataclass(frozen=True)
class Counted:
    """One workload on one backend."""

    instructions: int
    by_symbol: dict[str, int]


@dataclasses.dataclass(frozen=True)
class CountableLibrary:
    """A backend library, ready to be run under Valgrind."""

    label: str
    path: pathlib.Path  # as given
    stripped: pathlib.Path
    compiler: str
    flags: str
    code_hashes: dict[str, str]  # by backend


def label_and_path(text: str) -> tuple[str, pathlib.Path]:
    """Takes LABEL=PATH apart; the label is empty if there is none."""
    label, _, path = text.rpartition("=")
    return label, pathlib.Path(path)


def _without_debug_information(source: pathlib.Path, target: pathlib.Path) -> None:
    """Copies an ELF file; Valgrind 3.19 stops at clang 19's debug information."""
    try:
        subprocess.run(
            ["strip", "--strip-debug", "-o", target, source],
            check=True,
            capture_output=True,
            text=True,
        )
    except FileNotFoundError as error:
        raise ToolError("strip isn't installed: run ci/setup (package binutils)") from error
    except subprocess.CalledProcessError as error:
        raise ToolError(
            f"{source}: can't be copied without debug information: {error.stderr}"
        ) from error


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
        self._libraries = 0

    @staticmethod
    def version() -> str:
        """Valgrind's version and libc's: counts are only comparable where both are the same."""
        finished = subprocess.run(
            ["valgrind", "--version"], capture_output=True, text=True, check=True
        )
        return f"{finished.stdout.strip()}, {os.confstr('CS_GNU_LIBC_VERSION')}"

    def library(self, text: str) -> CountableLibrary:
        """Prepares LABEL=PATH, or a path alone with the library's own label."""
        label, path = label_and_path(text)
        audit = LibraryAudit(path)
        declared = audit.declared
        if audit.image.target != "x86_64":
            raise ToolError(
                f"{path}: made for {audit.image.target}; count it with --target aarch64"
            )
        self._libraries += 1
        stripped = self._scratch / f"library{self._libraries}.so"
        _without_debug_information(path, stripped)
        return CountableLibrary(
            label or declared.label,
            path,
            stripped,
            f"{declared.compiler} {declared.compiler_version}",
            declared.flags,
            {name: found.code_hash() for name, found in audit.chosen([]).items()},
        )

    def count(
        self,
        library: CountableLibrary,
        backend: str,
        workload: Workload,
        exclude: re.Pattern[str] | None = None,
    ) -> Counted:
        """Runs `workload` once and counts, functions whose name `exclude` matches aside."""
        with tempfile.NamedTemporaryFile(dir=self._scratch, suffix=".callgrind") as output:
            command: list[str | pathlib.Path] = [
                self._valgrind,
                "--tool=callgrind",
                f"--callgrind-out-file={output.name}",
                f"--toggle-collect=dispatchbench_run_{backend}",
                "--demangle=no",
                "--compress-strings=no",
                "--compress-pos=no",
                self._harness,
                "run-once",
                f"--workload=^{re.escape(workload.name)}$",
                f"--backend={backend}",
                f"--library=counted={library.stripped}",
            ]
            finished = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=False,
                env=ENVIRONMENT,
            )
            if finished.returncode != 0:
                raise ToolError(
                    f"{workload.name}/{backend}/{library.label}: the run under valgrind failed:\n"
                    + finished.stderr[-2000:]
                )
            by_symbol = self_costs(pathlib.Path(output.name).read_text(), str(library.stripped))
        by_symbol = {
            name: number
            for name, number in by_symbol.items()
            if not (exclude and exclude.search(name))
        }
        instructions = sum(by_symbol.values())
        if instructions == 0:
            raise ToolError(
                f"{workload.name}/{backend}/{library.label}: callgrind saw no call of "
                f"dispatchbench_run_{backend}; is the library stripped of its symbols?"
            )
        return Counted(instructions, by_symbol)


def self_costs(text: str, object_file: str) -> dict[str, int]:
    """The instructions of each function of `object_file`, what it calls aside, from an uncompressed callgrind file."""
    result: collections.Counter[str] = collections.Counter()
    in_object, function, is_call = False, "", False
    for line in text.splitlines():
        if line.startswith("ob="):
            in_object = line[3:] == object_file
        elif line.startswith("fn="):
            function = readable(RECURSION.sub("", line[3:]))
        elif line.startswith("calls="):
            is_call = True  # The next line is what the callee cost.
        elif line[:1].isdigit():
            if is_call:
                is_call = False
            elif in_object:
                result[function] += int(line.split()[1])
    return dict(result)
