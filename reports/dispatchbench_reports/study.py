"""The content of one or more results files: columns (a library on a machine), workloads, backends and their samples."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Iterable, Mapping

from dispatchbench_reports.builds import Build
from dispatchbench_reports.engine import Engine
from dispatchbench_reports.machines import machine_labels
from dispatchbench_reports.probe import Probe
from dispatchbench_reports.revisions import short_revision


class Clock(StrEnum):
    """Which of the two measured times counts."""

    CPU = "cpu"
    WALL = "wall"

    @property
    def text(self) -> str:
        return "CPU time" if self is Clock.CPU else "wall time"


@dataclass(frozen=True)
class Audit:
    """What tools/audit found in a backend's machine code."""

    effective_technique: str
    label: str
    as_expected: bool
    expected: str = ""
    indirect_jump_sites: int | None = None
    code_bytes: int | None = None
    table_bytes: int | None = None
    code_hash: str | None = None
    """Hash of the machine code, independent of its address: all layouts of the same code share it."""

    @property
    def merged(self) -> bool:
        return self.effective_technique.startswith("merged")

    @property
    def expected_text(self) -> str:
        return self.expected or "something else"


@dataclass(frozen=True)
class Backend:
    """A backend as its library describes it. Schema 1 has no family, dispatch, expected or language: they are empty."""

    name: str
    family: str = ""
    dispatch: str = ""
    summary: str = ""
    expected: str = ""
    language: str = ""
    budgeted: bool = False
    prepares: bool = False
    on_request: bool = False
    """measured only if it is asked for"""
    source_lines: int | None = None
    """of code, of its family's folder; None if that isn't known"""
    memory_bytes: float | None = None
    """by which a fresh process grows, if `dispatchbench cold` measured it, too"""
    audit: Audit | None = None

    @property
    def merged_by_compiler(self) -> bool:
        """Whether the compiler merged jumps that the source keeps apart. False where the source's intent is unknown."""
        return (
            self.audit is not None
            and self.audit.merged
            and self.dispatch not in ("", "switch")
            and self.expected not in ("", "merged")
        )


@dataclass(frozen=True)
class Machine:
    """The machine that a results file was measured on."""

    fingerprint: str
    cpu_model: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Column:
    """One library as measured on one machine in one file: the content of one panel."""

    key: str
    label: str
    machine: Machine
    compiler: str = ""
    compiler_version: str = ""
    flags: str = ""
    target: str = ""
    host: str = ""
    language: str = ""
    layout_of: str | None = None
    backends: Mapping[str, Backend] = field(default_factory=dict)
    unavailable: Mapping[str, str] = field(default_factory=dict)
    build: Build | None = None
    engine: Engine | None = None
    """the WebAssembly engine that runs it; None: it is native"""
    source: str = ""
    date: str = ""
    git_revision: str = ""
    foreign: bool = False

    @property
    def compiler_text(self) -> str:
        return " ".join(part for part in (self.compiler, self.compiler_version) if part)

    def sites(self, backend: str) -> int | None:
        """Indirect-jump sites in a backend's machine code; None if it was not audited."""
        audit = self.audit(backend)
        return audit.indirect_jump_sites if audit else None

    def audit(self, backend: str) -> Audit | None:
        described = self.backends.get(backend)
        return described.audit if described else None

    def code_hash(self, backend: str) -> str | None:
        """Of its machine code; None if that isn't known."""
        audit = self.audit(backend)
        return audit.code_hash if audit else None


def is_one_code(hashes: Iterable[str | None]) -> bool:
    """Whether code hashes are all known and the same."""
    found = set(hashes)
    return len(found) == 1 and None not in found


@dataclass(frozen=True)
class Series:
    """The samples of one benchmark, in ns per VM instruction (ns per iteration in a foreign file), by process."""

    cpu: Mapping[int, tuple[float, ...]]
    wall: Mapping[int, tuple[float, ...]]
    counted: float | None = None
    prepare: Mapping[int, tuple[float, ...]] = field(default_factory=dict)
    """The part of each sample of `cpu` that the backend spent in `prepare`; empty if it doesn't prepare."""
    has_cpu: bool = True
    """False if the program that measured gave no CPU time: `cpu` then holds the wall times, and on_clock leaves the
    benchmark out where CPU time counts."""

    def by_clock(self, clock: Clock) -> Mapping[int, tuple[float, ...]]:
        return self.cpu if clock is Clock.CPU else self.wall

    @property
    def sample_count(self) -> int:
        return sum(len(samples) for samples in self.cpu.values())


@dataclass(frozen=True)
class Failure:
    """A row that failed. Schema 1 has only the row: the other names are empty if it can't be split."""

    row: str
    reason: str
    source: str
    workload: str = ""
    backend: str = ""
    library: str = ""


@dataclass(frozen=True)
class LeftOut:
    """Rows of a file that don't count, and why."""

    rows: int
    reason: str


@dataclass(frozen=True)
class Source:
    """One results file: where it came from and how it was measured."""

    path: str
    date: str
    version: str
    git_revision: str
    seed: str
    processes: int
    repetitions: int
    machine: Machine
    foreign: bool
    dispatchbench: Mapping[str, Any] = field(default_factory=dict)
    probe: Probe | None = None
    interval_level: float = 0.95
    """of Student's t, for intervals of 95 %: higher where measuring ended once they were narrow enough"""
    baseline: str | None = None
    """what its geometric means were measured against until they were narrow enough; None if the file doesn't say"""
    measured_by: str = "dispatchbench"
    """the program, as readers know it"""
    timed: str = "VM instruction"
    """what a time is the time of"""
    left_out: tuple[LeftOut, ...] = ()


NOT_MEASURED = "not measured"
SeriesKey = tuple[str, str, str]
"""(column key, workload, backend)"""


def column_key(source: str, label: str) -> str:
    """The key of the column that a library makes in a file."""
    return f"{source}\n{label}"


@dataclass(frozen=True, eq=False)
class Study:
    """Everything that one report is made from, merged from one file or more."""

    sources: tuple[Source, ...]
    columns: tuple[Column, ...]
    layouts: tuple[Column, ...]
    workloads: tuple[str, ...]
    workload_summaries: Mapping[str, str]
    backends: tuple[str, ...]
    series: Mapping[SeriesKey, Series]
    refusals: Mapping[SeriesKey, str] = field(default_factory=dict)
    """Why a backend refuses a program, for rows that were therefore not measured."""
    warnings: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()

    @property
    def foreign(self) -> bool:
        return all(source.foreign for source in self.sources)

    @property
    def interval_level(self) -> float:
        """Of the Student-t intervals; of several files the highest, with which no interval covers less than 95 %."""
        return max((source.interval_level for source in self.sources), default=0.95)

    @property
    def unit(self) -> str:
        timed = {source.timed for source in self.sources}
        return f"ns per {timed.pop() if len(timed) == 1 else 'iteration'}"

    @property
    def clocks(self) -> tuple[Clock, ...]:
        """The clocks that anything was measured with."""
        has_cpu = any(series.has_cpu for series in self.series.values())
        return tuple(Clock) if has_cpu or not self.series else (Clock.WALL,)

    def clock_text(self, clock: Clock) -> str:
        """A clock’s name, and that WebAssembly engines, which compile on other threads, have a wall clock alone."""
        engines = any(column.engine is not None for column in self.columns)
        return (
            f"{clock.text} (engines: {Clock.WALL.text})"
            if engines and clock == Clock.CPU
            else clock.text
        )

    @property
    def machines(self) -> tuple[Machine, ...]:
        return tuple(
            {column.machine.fingerprint: column.machine for column in self.columns}.values()
        )

    def machine_label(self, machine: Machine) -> str:
        """Its model, and what differs from this study's other machines of that model."""
        models = {known.fingerprint: known.cpu_model for known in self.machines}
        return machine_labels(models).get(machine.fingerprint, machine.cpu_model)

    def find(self, column: Column, workload: str, backend: str) -> Series | None:
        return self.series.get((column.key, workload, backend))

    def refusal(self, column: Column, workload: str, backend: str) -> str | None:
        """Why this row was refused; None if it wasn't."""
        return self.refusals.get((column.key, workload, backend))

    @functools.cached_property
    def failed(self) -> Mapping[SeriesKey, str]:
        """Why a row failed, for rows that therefore have no times."""
        rows = {
            (
                column_key(failure.source, failure.library),
                failure.workload,
                failure.backend,
            ): failure.reason
            for failure in self.failures
        }
        return {key: reason for key, reason in rows.items() if key not in self.series}

    def absence(self, column: Column, workload: str, backend: str) -> str:
        """Why a row has no times, in a word for a table's cell."""
        key = (column.key, workload, backend)
        if key in self.failed:
            return "failed"
        return "refused" if key in self.refusals else NOT_MEASURED

    def mean_absence(self, column: Column, backend: str) -> str:
        """Why a backend has no mean, in a word: what its rows have in common."""
        why = {self.absence(column, workload, backend) for workload in self.workloads}
        return why.pop() if len(why) == 1 else NOT_MEASURED

    def measured(self, column: Column, backend: str) -> bool:
        return any((column.key, workload, backend) in self.series for workload in self.workloads)

    def attempted(self, column: Column, backend: str) -> bool:
        """Whether the column has a row of this backend: measured, refused or failed."""
        return any(
            (column.key, workload, backend) in rows
            for rows in (self.series, self.refusals, self.failed)
            for workload in self.workloads
        )

    def layouts_of(self, column: Column) -> tuple[Column, ...]:
        """The layout variants of a column, on the same machine."""
        return tuple(
            layout
            for layout in self.layouts
            if layout.layout_of == column.label
            and layout.source == column.source
            and layout.machine.fingerprint == column.machine.fingerprint
        )

    def column_title(self, column: Column) -> str:
        """The shortest text that identifies this column: compiler, and machine if there are several."""
        parts = [column.compiler_text or column.label]
        if sum(
            1 for other in self.columns if (other.compiler_text or other.label) == parts[0]
        ) > len(self.machines):
            parts.insert(0, column.label)
        if len(self.machines) > 1:
            parts.append(self.machine_label(column.machine))
        title = ", ".join(parts)
        twins = [
            other
            for other in self.columns
            if other.machine.fingerprint == column.machine.fingerprint
            and other.label == column.label
        ]
        if len(twins) > 1:
            title += (
                f", {short_revision(column.git_revision) or column.date[:16]} ({column.source})"
            )
        return title
