"""How often `dispatchbench compare` is wrong, and which slow-downs it finds: many comparisons whose answer is known.

Both sides of a trial are the same library file. Nothing differs (0 %), or the head side has a chain of dependent
multiplications of known length inside its timed region. Every trial is a line of the study's file, so that a study that
is stopped goes on where it was. The state "busy" has a second process computing beside the trial.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tool import exit_code_of, ToolError

ROOT = Path(__file__).resolve().parents[1]
# Touches more memory than the first two caches hold, as a neighbour that compiles would.
BUSY = (
    "import itertools\nfield = list(range(500000))\nfor n in itertools.count():\n    sum(field)\n"
)


@dataclass(frozen=True)
class Case:
    """What is tried many times."""

    backend: str
    state: str  # idle or busy
    percent: float  # slow-down of the head side

    def matches(self, trial: dict[str, Any]) -> bool:
        return (trial["backend"], trial["state"], trial["percent"]) == (
            self.backend,
            self.state,
            self.percent,
        )


def read_study(path: Path) -> list[dict[str, Any]]:
    """The trials so far. Half a line at the end, of a study that was killed, is cut off."""
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    complete = text[: text.rfind("\n") + 1]
    if complete != text:
        path.write_text(complete, encoding="utf-8")
    trials = []
    for number, line in enumerate(complete.splitlines(), 1):
        try:
            trials.append(json.loads(line))
        except json.JSONDecodeError as error:
            raise ToolError(f"{path}:{number}: isn't JSON: {error}; remove the line") from error
    return trials


@contextlib.contextmanager
def neighbour(state: str) -> Iterator[None]:
    """A second busy process, in the state that has one."""
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
            done = subprocess.run(command, capture_output=True, text=True)
        seconds = time.monotonic() - begin
        if done.returncode not in (0, 3):
            raise ToolError(
                f"{' '.join(command)}: exit code {done.returncode}: {done.stderr.strip()}"
            )
        document = json.loads(output.read_text(encoding="utf-8"))
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


def wrong_or_found(trials: Sequence[dict[str, Any]], percent: float) -> int:
    """Of trials without a slow-down the false alarms, of others those found."""
    verdicts = ("regressed", "improved") if percent == 0 else ("regressed",)
    return sum(trial["verdict"] in verdicts for trial in trials)


def table(trials: Sequence[dict[str, Any]]) -> str:
    """Markdown: false alarms and what was found, by backend and state."""
    percents = sorted({trial["percent"] for trial in trials})
    cases = sorted(
        {(trial["backend"], trial["state"]) for trial in trials}, key=lambda case: case[::-1]
    )
    heads = ["false alarms" if percent == 0 else f"found at {percent:g} %" for percent in percents]
    lines = [
        "| backend | state | " + " | ".join(heads) + " | seconds a trial | visible |",
        "| --- | --- |" + " ---: |" * (len(heads) + 2),
    ]
    for backend, state in sorted(cases, key=lambda case: (case[1] != "idle", case[0])):
        of_case = [t for t in trials if (t["backend"], t["state"]) == (backend, state)]
        cells = []
        for percent in percents:
            chosen = [trial for trial in of_case if trial["percent"] == percent]
            cells.append(f"{wrong_or_found(chosen, percent)} of {len(chosen)}" if chosen else "-")
        seconds = sorted(trial["seconds"] for trial in of_case)
        visible = sorted(
            t["smallest_visible"] for t in of_case if t["smallest_visible"] is not None
        )
        cells.append(f"{seconds[len(seconds) // 2]:.1f}")
        cells.append(f"{100 * visible[len(visible) // 2]:.1f} %" if visible else "> 50 %")
        lines.append(f"| `{backend}` | {state} | " + " | ".join(cells) + " |")
    loads = sorted(trial["load_average"] for trial in trials)
    if loads:
        lines.append("")
        lines.append(
            f"{len(trials)} trials on {trials[0]['machine']} ({platform.system()}); load average when a trial began: "
            f"median {loads[len(loads) // 2]}, {loads[0]} to {loads[-1]}."
        )
    return "\n".join(lines)


def next_case(
    cases: Sequence[Case], trials: Sequence[dict[str, Any]], wanted: int
) -> tuple[Case, int] | None:
    """The case that was tried least often, so that a study that is stopped is even; None when all is done."""
    counts = [(sum(case.matches(trial) for trial in trials), case) for case in cases]
    count, case = min(counts, key=lambda pair: pair[0])
    return (case, count) if count < wanted else None


def run_study(cases: Sequence[Case], options: argparse.Namespace) -> None:
    """Goes on with the study until every case was tried often enough, and prints its table."""
    begin = time.monotonic()
    trials = read_study(options.study)
    while not options.table:
        chosen = next_case(cases, trials, options.trials)
        if chosen is None:
            break
        if options.seconds is not None and time.monotonic() - begin > options.seconds:
            break
        trial = run_trial(chosen[0], chosen[1], options)
        trials.append(trial)
        with options.study.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(trial) + "\n")
    print(table(trials))


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="tools/verdict_trials",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "study", type=Path, help="file of the study, JSON lines; made if it isn't there"
    )
    parser.add_argument(
        "--trials", type=int, default=100, help="of each case (default: %(default)s)"
    )
    parser.add_argument("--backends", default="switch_loop,computed_goto,tail_call")
    parser.add_argument("--percents", default="0,1,2,3", help="slow-downs (default: %(default)s)")
    parser.add_argument("--states", default="idle,busy", help="default: %(default)s")
    parser.add_argument("--workload", default="^fib$", help="default: %(default)s")
    parser.add_argument("--seconds", type=float, help="stop after the trial that passes this many")
    parser.add_argument(
        "--table", action="store_true", help="only print the table of what is there"
    )
    parser.add_argument("--harness", type=Path, default=ROOT / "build" / "clang" / "dispatchbench")
    parser.add_argument(
        "--library", type=Path, default=ROOT / "build" / "clang" / "dispatchbench_backends.so"
    )
    arguments = sys.argv[1:]
    passed_on: list[str] = []
    if "--" in arguments:  # What stands behind it goes to dispatchbench compare.
        at = arguments.index("--")
        arguments, passed_on = arguments[:at], arguments[at + 1 :]
    options = parser.parse_args(arguments, argparse.Namespace(passed_on=passed_on))
    try:
        cases = [
            Case(backend, state, float(percent))
            for state in options.states.split(",")
            for percent in options.percents.split(",")
            for backend in options.backends.split(",")
        ]
    except ValueError:
        parser.error(f"--percents {options.percents}: expected numbers separated by commas")
    return exit_code_of("tools/verdict_trials", lambda: run_study(cases, options))
