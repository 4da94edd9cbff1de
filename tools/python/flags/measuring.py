"""Measures all libraries in one `dispatchbench run`, so that their rows are interleaved in the same processes."""

from __future__ import annotations

import pathlib
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dispatchbench_reports.program_end import Terminated
from measuring_program import file_stamp, run_reports
from tool import ToolError, finished, read_object, write_json

from .building import say
from .halves import Halves
from .offered import Offered

FACTS = "flags"
"""The field of context.dispatchbench that says what results don't: the halves, and which sets are missing, and why."""


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    processes: int
    workloads: int
    """Of the measured half, at most."""


USUAL = Effort(processes=24, workloads=10)
FAST = Effort(processes=12, workloads=4)
SAMPLES = 3
"""Of a row in a process. Intervals are over processes, so that more of these and fewer samples of each are worth more."""
SECONDS_PER_SAMPLE = 0.0025
SECONDS_PER_PROCESS = 0.9
"""Beside its samples, as seen on a Xeon virtual machine."""
SECONDS_PER_BUILD = 25.0


def facts(halves: Halves, seed: int, missing: Sequence[Offered]) -> dict[str, Any]:
    """What is added to the results."""
    return {
        "schema": 1,
        "seed": seed,
        "training": list(halves.training),
        "measured": list(halves.measured),
        "missing": [
            {
                "compiler": each.compiler.label,
                "label": each.flag_set.label,
                "reason": each.refused,
            }
            for each in missing
        ],
    }


def run_command(
    harness: pathlib.Path,
    libraries: Sequence[pathlib.Path],
    halves: Halves,
    processes: int,
    seed: int,
    backends: str,
) -> list[str]:
    """The one run."""
    command = [str(harness), "run", "--repetitions", str(SAMPLES)]
    command += ["--processes", str(processes), "--seed", str(seed)]
    for library in libraries:
        command += ["--library", str(library)]
    command += ["--workload", "|".join(halves.measured), "--backend", backends]
    return command


def measure(command: Sequence[str], output: pathlib.Path, about: Mapping[str, Any]) -> None:
    """Runs it into a file. Interrupted, the file keeps what was complete. Raises ToolError."""
    before = file_stamp(output)
    try:
        # Its tables are of single libraries, with a screen for each.
        done = finished(
            [*command, "--output", output], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
    except (KeyboardInterrupt, Terminated):
        if file_stamp(output) != before:
            _add(output, about)
            say(f"what was measured is in {output}; reports flags {output} shows it")
        raise
    if file_stamp(output) == before:
        raise ToolError(f"nothing was measured (exit code {done.returncode}), for the reason above")
    _add(output, about)
    if done.returncode != 0:
        say(f"some rows failed (exit code {done.returncode}); the others are in {output}")


def _add(output: pathlib.Path, about: Mapping[str, Any]) -> None:
    document = read_object(output, "measure again")
    document["context"]["dispatchbench"][FACTS] = dict(about)
    write_json(output, document)


def report(output: pathlib.Path, folder: pathlib.Path) -> int:
    """Prints the table and writes the chart; returns the exit code."""
    code = run_reports("flags", output)
    return code or run_reports("chart", "flags", output, "-o", folder, quiet=True)
