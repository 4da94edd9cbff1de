"""One comparison whose answer is known.

Both sides are the same library file. Either nothing differs (0 %), or the candidate has a chain of dependent
multiplications of known length inside its timed region.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tool import ToolError, finished, read_object

STATES = ("idle", "busy")
# Touches more memory than the first two caches hold, as a compiler in another process would.
BUSY = (
    "import itertools\nfield = list(range(500000))\nfor n in itertools.count():\n    sum(field)\n"
)


@dataclass(frozen=True)
class Case:
    """A kind of trial, which is repeated many times."""

    backend: str
    state: str  # idle or busy
    percent: float  # slow-down of the candidate

    def matches(self, trial: dict[str, Any]) -> bool:
        """Whether a trial of the study is of this case."""
        return (trial["backend"], trial["state"], trial["percent"]) == (
            self.backend,
            self.state,
            self.percent,
        )


@contextlib.contextmanager
def neighbour(state: str) -> Iterator[None]:
    """Runs a second busy process in the state "busy"."""
    if state == "idle":
        yield
        return
    process = subprocess.Popen([sys.executable, "-c", BUSY])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def run_trial(case: Case, number: int, options: argparse.Namespace) -> dict[str, Any]:
    """One comparison."""
    with tempfile.TemporaryDirectory(prefix="dispatchbench-trial-") as folder:
        output = Path(folder) / "comparison.json"
        command = [
            *(str(options.harness), "compare", "--quiet", "--output", str(output)),
            *("--base", f"base={options.library}", "--head", f"head={options.library}"),
            *("--inject-slowdown", str(case.percent), "--seed", str(1 + number)),
            *("--workload", options.workload, "--backend", f"^{case.backend}$"),
            *("--floor", str(Path(folder) / "no-floor.json"), *options.passed_on),
        ]
        load = os.getloadavg()[0]
        begin = time.monotonic()
        with neighbour(case.state):
            done = finished(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        seconds = time.monotonic() - begin
        if done.returncode not in (0, 3):
            raise ToolError(
                f"{' '.join(command)}: exit code {done.returncode}: {done.stderr.strip()}"
            )
        document = read_object(output, "run the study again")
    row = document["rows"][0]
    return {
        "backend": case.backend,
        "state": case.state,
        "percent": case.percent,
        "number": number,
        "verdict": row["verdict"],
        "exit_code": done.returncode,
        "first": row["first"]["cpu"],
        "pairs": len(row["first"]["pairs"]),
        "second": row["second"] and row["second"]["cpu"],
        "confirming_pairs": len(row["second"]["pairs"]) if row["second"] else 0,
        "smallest_visible": row["smallest_visible"],
        "seconds": round(seconds, 2),
        "load_average": round(load, 2),
        "machine": document["machine"]["fingerprint"],
        "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
