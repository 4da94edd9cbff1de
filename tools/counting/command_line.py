"""The command line of tools/count."""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import multiprocessing
import os
import pathlib
import re
import sys
from collections.abc import Callable, Sequence

from . import aarch64
from .workload import REPOSITORY, CountError, Workload, load_workloads

DESCRIPTION = """\
Counts the processor instructions that backends execute per Uxn instruction.

--target aarch64 runs an AArch64 library in an emulator (Unicorn), so it works on any machine. Counted is everything
between the call of a backend's run function and its return; what a device does is not. Each run's output is checked.

These are counts, not measurements: there are no mispredictions, no caches and no latencies in them, and they do not
rank techniques. They tell two versions of one backend apart, and show what a technique spends instructions on."""
EPILOG = """\
examples:
  tools/count --target aarch64
  tools/count --target aarch64 --workload '^(fib|tak)$' --backend 'tail_call|asm' --handlers
  tools/count --target aarch64 --function other=other.so:other_run     code of your own, void other_run(Machine*)

exit codes: 0 fine; 1 a library can't be loaded or computes something wrong; 2 wrong usage"""
DEFAULT_LIBRARY = REPOSITORY / "build" / "aarch64" / "dispatchbench_backends.so"


@dataclasses.dataclass(frozen=True)
class Candidate:
    """One function to count."""

    label: str
    path: pathlib.Path
    run: int


@dataclasses.dataclass(frozen=True)
class Task:
    """One candidate on one workload."""

    candidate: Candidate
    workload: Workload
    exclude: re.Pattern[str] | None


def count(task: Task) -> aarch64.Counted:
    """Does one task; a process of its own may call it."""
    library = aarch64.EmulatedLibrary(task.candidate.path)
    return library.count(task.candidate.run, task.workload, task.exclude)


def candidates(
    libraries: Sequence[pathlib.Path], functions: Sequence[str], wanted: re.Pattern[str]
) -> list[Candidate]:
    """All functions to count: the libraries' backends, and single functions NAME=PATH:SYMBOL."""
    found = []
    for path in libraries:
        library = aarch64.EmulatedLibrary(path)
        prefix = f"{path}:" if len(libraries) > 1 else ""
        for backend in library.backends():
            found.append(Candidate(prefix + backend.name, path, backend.run))
    for text in functions:
        match = re.fullmatch(r"([^=]+)=(.+):([^:]+)", text)
        if not match:
            raise ValueError(f"--function {text}: expected NAME=PATH:SYMBOL")
        path = pathlib.Path(match[2])
        run = aarch64.EmulatedLibrary(path).function(match[3])
        found.append(Candidate(match[1], path, run))
    chosen = [candidate for candidate in found if wanted.search(candidate.label)]
    if not chosen:
        raise ValueError(
            f"--backend {wanted.pattern}: matches none of "
            + ", ".join(candidate.label for candidate in found)
        )
    return chosen


def pattern(text: str) -> re.Pattern[str]:
    """A regular expression from the command line."""
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"not a regular expression ({error})") from error


def table(
    chosen: Sequence[Candidate],
    workloads: Sequence[Workload],
    results: dict[tuple[str, str], aarch64.Counted],
) -> str:
    """Instructions per Uxn instruction, a row a workload, the geometric mean last."""
    rows = [["counted: AArch64 / Uxn instruction", *(candidate.label for candidate in chosen)]]
    logarithms = [0.0] * len(chosen)
    for workload in workloads:
        row = [workload.name]
        for column, candidate in enumerate(chosen):
            counted = results[workload.name, candidate.label]
            ratio = counted.instructions / workload.instructions
            logarithms[column] += math.log(ratio) / len(workloads)
            row.append(f"{ratio:.2f}")
        rows.append(row)
    if len(workloads) > 1:
        rows.append(["geometric mean", *(f"{math.exp(value):.2f}" for value in logarithms)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        )
        for row in rows
    )


def handlers_table(
    chosen: Sequence[Candidate], results: dict[tuple[str, str], aarch64.Counted]
) -> str:
    """Where each candidate's instructions go, by function, over all workloads."""
    lines = []
    for candidate in chosen:
        totals: dict[str, int] = {}
        for (_, label), counted in results.items():
            if label == candidate.label:
                for name, instructions in counted.by_symbol.items():
                    totals[name] = totals.get(name, 0) + instructions
        everything = sum(totals.values())
        lines.append(f"{candidate.label}: functions with the most instructions (counted)")
        busiest = sorted(totals.items(), key=lambda item: -item[1])[:20]
        lines.extend(
            f"  {instructions / everything:6.1%}  {name}" for name, instructions in busiest
        )
    return "\n".join(lines)


def to_json(
    workloads: Sequence[Workload], results: dict[tuple[str, str], aarch64.Counted]
) -> dict[str, object]:
    """What --json writes."""
    by_name = {workload.name: workload for workload in workloads}
    return {
        "schema": 1,
        "kind": "counted",
        "target": "aarch64",
        "note": "instructions under emulation; no mispredictions in it; counts do not rank techniques",
        "rows": [
            {
                "workload": name,
                "backend": label,
                "instructions": counted.instructions,
                "vm_instructions": by_name[name].instructions,
                "per_vm_instruction": counted.instructions / by_name[name].instructions,
                "device_calls": counted.device_calls,
            }
            for (name, label), counted in results.items()
        ],
    }


def count_aarch64(options: argparse.Namespace) -> None:
    """Counts in the emulator and prints."""
    chosen = candidates(
        options.library or ([] if options.function else [DEFAULT_LIBRARY]),
        options.function,
        options.backend,
    )
    everything = load_workloads()
    workloads = [workload for workload in everything if options.workload.search(workload.name)]
    if not workloads:
        raise ValueError(
            f"--workload {options.workload.pattern}: matches none of "
            + ", ".join(workload.name for workload in everything)
        )
    tasks = [
        Task(candidate, workload, options.exclude) for workload in workloads for candidate in chosen
    ]
    results: dict[tuple[str, str], aarch64.Counted] = {}
    with multiprocessing.Pool(options.jobs) as pool:
        for done, (task, counted) in enumerate(zip(tasks, pool.imap(count, tasks)), 1):
            results[task.workload.name, task.candidate.label] = counted
            if sys.stderr.isatty():
                print(f"\rcounted {done} of {len(tasks)}", end="", file=sys.stderr)
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    if options.json == "-":
        print(json.dumps(to_json(workloads, results), indent=1))
        return
    print(table(chosen, workloads, results))
    if options.handlers:
        print(handlers_table(chosen, results))
    print(
        "Counted under emulation, not measured: no mispredictions in it. Counts don't rank techniques."
    )
    if options.json:
        path = pathlib.Path(options.json)
        path.write_text(json.dumps(to_json(workloads, results), indent=1) + "\n", encoding="utf-8")


# One function a target. Another way of counting adds itself here.
TARGETS: dict[str, Callable[[argparse.Namespace], None]] = {"aarch64": count_aarch64}


def main(arguments: list[str] | None = None) -> int:
    """Counts; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="tools/count",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--target", choices=sorted(TARGETS), required=True)
    parser.add_argument(
        "--library",
        metavar="PATH",
        type=pathlib.Path,
        action="append",
        default=[],
        help="a backend library; may be repeated (default: build/aarch64/dispatchbench_backends.so)",
    )
    parser.add_argument(
        "--function",
        metavar="NAME=PATH:SYMBOL",
        action="append",
        default=[],
        help="count void SYMBOL(Machine*) of any shared object that needs no other; may be repeated",
    )
    parser.add_argument(
        "--workload",
        metavar="RE",
        type=pattern,
        default=re.compile(""),
        help="only matching workloads",
    )
    parser.add_argument(
        "--backend",
        metavar="RE",
        type=pattern,
        default=re.compile(""),
        help="only matching backends",
    )
    parser.add_argument(
        "--exclude", metavar="RE", type=pattern, help="don't count functions with a matching name"
    )
    parser.add_argument(
        "--handlers", action="store_true", help="also show the functions with the most instructions"
    )
    parser.add_argument("--json", metavar="FILE", help="write the counts to FILE ('-': only them)")
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=int,
        default=len(os.sched_getaffinity(0)),
        help="processes at a time (default: the processors this one may use)",
    )
    options = parser.parse_args(arguments)
    try:
        TARGETS[options.target](options)
    except CountError as error:
        print(f"tools/count: {error}", file=sys.stderr)
        return 1
    except ValueError as error:
        print(f"tools/count: {error}; see tools/count --help", file=sys.stderr)
        return 2
    return 0
