"""The command line of tools/count."""

from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import json
import math
import multiprocessing
import os
import pathlib
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence

from auditing.elf_image import ElfImage
from tool import exit_code_of, regular_expression, write_whole

from . import aarch64, callgrind
from .counts_file import Counts, Row
from .workload import REPOSITORY, Workload, load_workloads

DESCRIPTION = """\
Counts the processor instructions that backends execute per Uxn instruction.

An x86-64 library runs under Valgrind's callgrind, an AArch64 library in an emulator (Unicorn), which works on any
machine. Counted is everything in the library between the call of a backend's run function and its return; what a device
does is not. The same code, Valgrind and libc give the same counts, to the last instruction.

These are counts, not measurements: there are no mispredictions, no caches and no latencies in them, and they do not
rank techniques. They tell two versions of one backend apart, and show what a technique spends instructions on."""
EPILOG = """\
examples:
  tools/count --library build/clang/dispatchbench_backends.so --library build/gcc/dispatchbench_backends.so
  tools/count --json counts.json --results results.json        also adds the counts to the rows of a results file
  tools/count --target aarch64 --workload '^(fib|tak)$' --backend 'tail_call|asm' --handlers
  tools/count --target aarch64 --function other=other.so:other_run     code of your own, void other_run(Machine*)

exit codes: 0 fine; 1 a library can't be loaded or computes something wrong; 2 wrong usage"""
PRESETS = {"x86_64": "clang", "aarch64": "aarch64"}


def default_library(target: str) -> str:
    """The library that is counted when none is named."""
    return str(REPOSITORY / "build" / PRESETS[target] / "dispatchbench_backends.so")


@dataclasses.dataclass(frozen=True)
class Candidate:
    """One function to count."""

    backend: str
    library: str  # label
    path: pathlib.Path
    run: int
    code_hash: str | None

    @property
    def label(self) -> str:
        """For people."""
        return f"{self.backend}/{self.library}" if self.library else self.backend


@dataclasses.dataclass(frozen=True)
class Task:
    """One candidate on one workload."""

    candidate: Candidate
    workload: Workload
    exclude: re.Pattern[str] | None


Counted = aarch64.Counted | callgrind.Counted
Results = dict[tuple[str, str], Counted]


def count(task: Task) -> aarch64.Counted:
    """Does one task in the emulator; a process of its own may call it."""
    library = aarch64.EmulatedLibrary(task.candidate.path)
    return library.count(task.candidate.run, task.workload, task.exclude)


def only_wanted(found: Sequence[Candidate], wanted: re.Pattern[str]) -> list[Candidate]:
    """The candidates whose backend matches."""
    chosen = [candidate for candidate in found if wanted.search(candidate.backend)]
    if not chosen:
        raise ValueError(
            f"--backend {wanted.pattern}: matches none of "
            + ", ".join(candidate.label for candidate in found)
        )
    return chosen


def of_function(text: str) -> Candidate:
    """A single function, NAME=PATH:SYMBOL."""
    match = re.fullmatch(r"([^=]+)=(.+):([^:]+)", text)
    if not match:
        raise ValueError(f"--function {text}: expected NAME=PATH:SYMBOL")
    path = pathlib.Path(match[2])
    run = aarch64.EmulatedLibrary(path).function(match[3])
    return Candidate(match[1], "", path, run, None)


PROCESSORS = {"x86_64": "x86-64", "aarch64": "AArch64"}


def table(
    chosen: Sequence[Candidate],
    workloads: Sequence[Workload],
    results: Results,
    target: str,
) -> str:
    """Instructions per Uxn instruction, a row a workload, the geometric mean last."""
    rows = [
        [
            f"counted: {PROCESSORS[target]} / Uxn instruction",
            *(candidate.label for candidate in chosen),
        ]
    ]
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


def handlers_table(chosen: Sequence[Candidate], results: Results) -> str:
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


def with_progress(tasks: Sequence[Task], counted: Iterable[Counted]) -> Results:
    """Collects what comes in, in the order of the tasks."""
    results: Results = {}
    for done, (task, found) in enumerate(zip(tasks, counted), 1):
        results[task.workload.name, task.candidate.label] = found
        if sys.stderr.isatty():
            print(f"\rcounted {done} of {len(tasks)}", end="", file=sys.stderr)
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    return results


def tasks_of(
    chosen: Sequence[Candidate], workloads: Sequence[Workload], exclude: re.Pattern[str] | None
) -> list[Task]:
    """Every candidate on every workload."""
    return [Task(candidate, workload, exclude) for workload in workloads for candidate in chosen]


def count_aarch64(
    options: argparse.Namespace, workloads: Sequence[Workload]
) -> tuple[list[Candidate], Results, str]:
    """Counts in the emulator."""
    found = []
    for text in options.library:
        label, path = callgrind.label_and_path(text)
        library = aarch64.EmulatedLibrary(path)
        label = label or library.label()
        hashes = library.code_hashes()
        for backend in library.backends():
            found.append(Candidate(backend.name, label, path, backend.run, hashes[backend.name]))
    found.extend(of_function(text) for text in options.function)
    chosen = only_wanted(found, options.backend)
    tasks = tasks_of(chosen, workloads, options.exclude)
    with multiprocessing.Pool(options.jobs) as pool:
        return chosen, with_progress(tasks, pool.imap(count, tasks)), aarch64.version()


def count_x86_64(
    options: argparse.Namespace, workloads: Sequence[Workload]
) -> tuple[list[Candidate], Results, str]:
    """Counts under callgrind."""
    if options.function:
        raise ValueError("--function: only with --target aarch64")
    with tempfile.TemporaryDirectory(prefix="dispatchbench-count-") as scratch:
        counter = callgrind.Callgrind(options.harness, pathlib.Path(scratch))
        libraries = [counter.library(text) for text in options.library]
        by_label = {library.label: library for library in libraries}
        if len(by_label) < len(libraries):
            raise ValueError("--library: two have the same label; give them others with LABEL=PATH")
        chosen = only_wanted(
            [
                Candidate(backend, library.label, library.path, 0, code_hash)
                for library in libraries
                for backend, code_hash in library.code_hashes.items()
            ],
            options.backend,
        )

        def run(task: Task) -> callgrind.Counted:
            library = by_label[task.candidate.library]
            return counter.count(library, task.candidate.backend, task.workload, task.exclude)

        tasks = tasks_of(chosen, workloads, options.exclude)
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            return chosen, with_progress(tasks, pool.map(run, tasks)), counter.version()


# One function a target.
Counter = Callable[[argparse.Namespace, Sequence[Workload]], tuple[list[Candidate], Results, str]]
TARGETS: dict[str, Counter] = {"aarch64": count_aarch64, "x86_64": count_x86_64}


def target_of(options: argparse.Namespace) -> str:
    """The target asked for, or the one that the first library is made for."""
    if options.target:
        return str(options.target)
    if options.library:
        return ElfImage(callgrind.label_and_path(options.library[0])[1]).target
    return "aarch64" if options.function else "x86_64"


def count_and_report(options: argparse.Namespace) -> None:
    """Counts, prints and writes what was asked for."""
    target = target_of(options)
    if not options.library and not options.function:
        options.library = [default_library(target)]
    everything = load_workloads()
    workloads = [workload for workload in everything if options.workload.search(workload.name)]
    if not workloads:
        raise ValueError(
            f"--workload {options.workload.pattern}: matches none of "
            + ", ".join(workload.name for workload in everything)
        )
    chosen, results, counter = TARGETS[target](options, workloads)
    rows = []
    for workload in workloads:
        for candidate in chosen:
            found = results[workload.name, candidate.label]
            calls = found.device_calls if isinstance(found, aarch64.Counted) else None
            rows.append(
                Row(
                    workload.name,
                    candidate.backend,
                    candidate.library,
                    found.instructions,
                    workload.instructions,
                    candidate.code_hash,
                    calls,
                )
            )
    counts = Counts(target, counter, rows)
    text = json.dumps(counts.to_json(), indent=1) + "\n"
    if options.results:
        counts.merge_into(options.results)
    if options.json == "-":
        print(text, end="")
        return
    print(table(chosen, workloads, results, target))
    if options.handlers:
        print(handlers_table(chosen, results))
    print(
        f"Counted with {counter}, not measured: no mispredictions in it. Counts don't rank techniques."
    )
    if options.json:
        write_whole(pathlib.Path(options.json), text)


def main(arguments: list[str] | None = None) -> int:
    """Counts; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="tools/count",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--target", choices=sorted(TARGETS), help="default: the one the first library is made for"
    )
    parser.add_argument(
        "--library",
        metavar="[LABEL=]PATH",
        action="append",
        default=[],
        help="a backend library; may be repeated (default: that of the preset clang, or aarch64)",
    )
    parser.add_argument(
        "--function",
        metavar="NAME=PATH:SYMBOL",
        action="append",
        default=[],
        help="count void SYMBOL(Machine*) of any AArch64 shared object that needs no other; may be repeated",
    )
    parser.add_argument(
        "--workload",
        metavar="RE",
        type=regular_expression,
        default=re.compile(""),
        help="only matching workloads",
    )
    parser.add_argument(
        "--backend",
        metavar="RE",
        type=regular_expression,
        default=re.compile(""),
        help="only matching backends",
    )
    parser.add_argument(
        "--exclude",
        metavar="RE",
        type=regular_expression,
        help="don't count functions with a matching name",
    )
    parser.add_argument(
        "--handlers", action="store_true", help="also show the functions with the most instructions"
    )
    parser.add_argument("--json", metavar="FILE", help="write the counts to FILE ('-': only them)")
    parser.add_argument(
        "--results",
        metavar="FILE",
        type=pathlib.Path,
        help="also add the counts to the rows of this results file",
    )
    parser.add_argument(
        "--harness",
        metavar="PATH",
        type=pathlib.Path,
        default=REPOSITORY / "build" / "clang" / "dispatchbench",
        help="the dispatchbench that x86-64 libraries run in (default: that of the preset clang)",
    )
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=int,
        default=len(os.sched_getaffinity(0)),
        help="processes at a time (default: the processors this one may use)",
    )
    options = parser.parse_args(arguments)
    return exit_code_of("tools/count", lambda: count_and_report(options))
