"""The program under test, as the tests start it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ["DISPATCHBENCH"]
EMULATOR = [word for word in os.environ.get("DISPATCHBENCH_EMULATOR", "").split(";") if word]
# With a few backends: what the program does with a library is the same for many.
LIBRARY = os.environ["BACKEND_LIBRARY"]
FAULTY = os.environ["FAULTY_LIBRARY"]
NO_BACKENDS = os.environ["NO_BACKENDS_LIBRARY"]
OTHER_ABI = os.environ["OTHER_ABI_LIBRARY"]

SANITIZED = b"__asan_init" in Path(LIBRARY).read_bytes()

# Counts down from 65,280 in a loop of five instructions, then prints "hi": long enough to be measured where clocks are slow.
LOOP_ROM = bytes.fromhex("a0ff00" + "a0000139261d20fff7" + "8068801817" + "8069801817" + "00")

# A comparison whose verdict doesn't matter. Pinned, it would wait half a minute for a quiet machine where other tests run.
FEW_PAIRS = ("--pairs", "12", "--rounds", "2", "--no-pin")

NOT_MEASURED = "measuring starts fresh processes of the program, which qemu-aarch64 can't do, and would time the emulator"
measures = pytest.mark.skipif(bool(EMULATOR), reason=NOT_MEASURED)


def dispatchbench(
    *arguments: str | Path, library: str | None = LIBRARY, **options: Any
) -> subprocess.CompletedProcess[str]:
    """Runs the program to its end and captures what it says.

    What runs backends and names no library gets `library`; None leaves the choice to the program.
    """
    words = list(map(str, arguments))
    if library and words[:1] in (["run"], ["verify"]) and "--library" not in words:
        words += ["--library", library]
    return subprocess.run(
        [*EMULATOR, PROGRAM, *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        **options,
    )


def quick_run(output: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The smallest measurement that has an interval."""
    return dispatchbench(
        *("run", "--processes", "2", "--repetitions", "2", "--seed", "7", "--output", output),
        *arguments,
    )


def compare(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return dispatchbench("compare", *arguments)


def refused(finished: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """The command failed with `code`, said nothing on stdout, and named `words`."""
    assert finished.returncode == code, finished.stdout + finished.stderr
    assert finished.stdout == ""
    for word in words:
        assert word in finished.stderr
