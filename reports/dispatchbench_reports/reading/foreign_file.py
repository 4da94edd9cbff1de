"""Collects what another program measured into the content of one results file, and what of it doesn't count."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Sequence

from dispatchbench_reports.phrases import counted, distinct
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.reading.results_file import ResultsFile
from dispatchbench_reports.study import (
    Column,
    Failure,
    LeftOut,
    Machine,
    Series,
    Source,
    column_key,
)

UNKNOWN_MACHINE = Machine("unknown machine", "unknown machine")


@dataclass(frozen=True)
class Origin:
    """Where a foreign file comes from, as far as it says."""

    program: str
    label: str
    machine: Machine = UNKNOWN_MACHINE
    date: str = ""
    timed: str = "iteration"
    version: str = ""


@dataclass
class _Samples:
    wall: defaultdict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    cpu: defaultdict[int, list[float | None]] = field(default_factory=lambda: defaultdict(list))

    def series(self, name: str) -> Series:
        """Its processes in an order that the name alone decides: run 3 of one program has nothing to do with run 3 of
        another, but a drift during both would look like a bond in ratios, which are paired by process.
        """
        order = sorted(self.wall)
        random.Random(name).shuffle(order)
        wall = {at: tuple(self.wall[process]) for at, process in enumerate(order)}
        cpu = {
            at: tuple(time for time in self.cpu[process] if time is not None)
            for at, process in enumerate(order)
        }
        has_cpu = all(len(cpu[process]) == len(wall[process]) for process in wall)
        return Series(cpu=cpu if has_cpu else wall, wall=wall, has_cpu=has_cpu)


class ForeignFile:
    """Samples by backend, workload and process, in nanoseconds, and the rows that don't count."""

    def __init__(self, path: str, source_name: str, origin: Origin) -> None:
        self._path = path
        self._source_name = source_name
        self._origin = origin
        self._samples: dict[tuple[str, str], _Samples] = {}
        self._left_out: Counter[str] = Counter()
        self._failures: list[Failure] = []

    def add(
        self, backend: str, workload: str, process: int, wall: float, cpu: float | None
    ) -> None:
        """A sample in nanoseconds; cpu is None where no CPU time was measured."""
        samples = self._samples.setdefault((backend, workload), _Samples())
        samples.wall[process].append(wall)
        samples.cpu[process].append(cpu)

    def leave_out(self, reason: str, rows: int = 1) -> None:
        """Rows that don't count, with a reason that reads well after their number."""
        self._left_out[reason] += rows

    def fail(self, name: str, backend: str, workload: str, reason: str) -> None:
        """A row whose benchmark failed."""
        self.leave_out("failed")
        self._failures.append(
            Failure(name, reason, self._source_name, workload, backend, self._origin.label)
        )

    def content(self, warnings: Sequence[str] = ()) -> ResultsFile:
        """Raises Problem if nothing counts."""
        if not self._samples:
            reasons = "; ".join(f"{rows} {reason}" for reason, rows in self._left_out.items())
            raise Problem(
                self._path,
                "",
                f"holds no row that was measured ({reasons or 'it is empty'})",
                f"Give the output of {self._origin.program} with a time of at least one benchmark",
            )
        origin = self._origin
        column = Column(
            key=column_key(self._source_name, origin.label),
            label=origin.label,
            machine=origin.machine,
            source=self._source_name,
            date=origin.date,
            foreign=True,
        )
        series = {
            (column.key, workload, backend): samples.series(f"{workload}/{backend}")
            for (backend, workload), samples in self._samples.items()
        }
        processes = max(len(found.wall) for found in series.values())
        repetitions = max(len(times) for found in series.values() for times in found.wall.values())
        intervals = (
            "; ratios pair the processes of two benchmarks at random"
            if processes > 1
            else ", no intervals"
        )
        clocks = "" if any(found.has_cpu for found in series.values()) else ", wall time alone"
        return ResultsFile(
            source=Source(
                path=self._source_name,
                date=origin.date,
                version=origin.version,
                git_revision="",
                seed="",
                processes=processes,
                repetitions=repetitions,
                machine=origin.machine,
                foreign=True,
                measured_by=origin.program,
                timed=origin.timed,
                left_out=tuple(LeftOut(rows, reason) for reason, rows in self._left_out.items()),
            ),
            columns=(column,),
            series=series,
            workloads=distinct(
                [
                    *(workload for _, workload in self._samples),
                    *(failure.workload for failure in self._failures),
                ]
            ),
            backends=distinct(
                [
                    *(backend for backend, _ in self._samples),
                    *(failure.backend for failure in self._failures),
                ]
            ),
            failures=tuple(self._failures),
            warnings=(
                f"{self._source_name} was not written by dispatchbench but by {origin.program}: "
                f"{counted(processes, 'process') if processes > 1 else 'one process'}, "
                f"times per {origin.timed}{clocks}{intervals}",
                *warnings,
            ),
        )
