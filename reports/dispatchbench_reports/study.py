"""What a set of results holds: columns (a library on a machine), workloads, backends and their samples."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Mapping

Clock = Literal["cpu", "wall"]
CLOCK_NAMES: Mapping[Clock, str] = {"cpu": "CPU time", "wall": "wall time"}


@dataclass(frozen=True)
class Audit:
    """What a backend's machine code is, beside what its name says."""

    effective_technique: str
    label: str
    as_expected: bool
    expected: str = ""
    indirect_jump_sites: int | None = None
    code_hash: str | None = None
    """of the machine code, whatever its place: the same for all layouts of the same code"""

    @property
    def merged(self) -> bool:
        return self.effective_technique.startswith("merged")


@dataclass(frozen=True)
class Backend:
    """A backend as one library describes it."""

    name: str
    technique: str = ""
    summary: str = ""
    audit: Audit | None = None


@dataclass(frozen=True)
class Machine:
    """The machine that a results file was measured on."""

    fingerprint: str
    cpu_model: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Column:
    """One library as measured on one machine in one file: what a panel shows."""

    key: str
    label: str
    machine: Machine
    compiler: str = ""
    compiler_version: str = ""
    flags: str = ""
    target: str = ""
    layout_of: str | None = None
    backends: Mapping[str, Backend] = field(default_factory=dict)
    unavailable: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    date: str = ""
    git_revision: str = ""
    foreign: bool = False

    @property
    def compiler_text(self) -> str:
        return " ".join(part for part in (self.compiler, self.compiler_version) if part)

    def sites(self, backend: str) -> int | None:
        """Indirect-jump sites of a backend's machine code, None when it was not audited."""
        described = self.backends.get(backend)
        return described.audit.indirect_jump_sites if described and described.audit else None

    def audit(self, backend: str) -> Audit | None:
        described = self.backends.get(backend)
        return described.audit if described else None


@dataclass(frozen=True)
class Series:
    """The samples of one benchmark, in ns per VM instruction (ns per iteration in a foreign file), by process."""

    cpu: Mapping[int, tuple[float, ...]]
    wall: Mapping[int, tuple[float, ...]]
    counted: float | None = None

    def by_clock(self, clock: Clock) -> Mapping[int, tuple[float, ...]]:
        return self.cpu if clock == "cpu" else self.wall

    @property
    def sample_count(self) -> int:
        return sum(len(samples) for samples in self.cpu.values())


@dataclass(frozen=True)
class Failure:
    row: str
    reason: str
    source: str


@dataclass(frozen=True)
class Source:
    """One results file: where it came from and what it says of itself."""

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


SeriesKey = tuple[str, str, str]
"""(column key, workload, backend)"""


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
    warnings: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()

    @property
    def foreign(self) -> bool:
        return all(source.foreign for source in self.sources)

    @property
    def unit(self) -> str:
        return "ns per iteration" if self.foreign else "ns per VM instruction"

    @property
    def machines(self) -> tuple[Machine, ...]:
        return tuple(
            {column.machine.fingerprint: column.machine for column in self.columns}.values()
        )

    def find(self, column: Column, workload: str, backend: str) -> Series | None:
        return self.series.get((column.key, workload, backend))

    def measured(self, column: Column, backend: str) -> bool:
        return any((column.key, workload, backend) in self.series for workload in self.workloads)

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
        """The shortest text that tells this column from the others: compiler, and machine where there are several."""
        parts = [column.compiler_text or column.label]
        if sum(
            1 for other in self.columns if (other.compiler_text or other.label) == parts[0]
        ) > len(self.machines):
            parts.insert(0, column.label)
        if len(self.machines) > 1:
            parts.append(column.machine.cpu_model)
        title = ", ".join(parts)
        twins = [
            other
            for other in self.columns
            if other.machine.fingerprint == column.machine.fingerprint
            and other.label == column.label
        ]
        if len(twins) > 1:
            title += f", {column.git_revision[:10] or column.date[:16]} ({column.source})"
        return title
