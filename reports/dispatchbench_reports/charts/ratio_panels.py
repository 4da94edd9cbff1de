"""The numbers in a panel of the ratio chart: each series' dots, its mean and that without preparing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping

from dispatchbench_reports import estimates
from dispatchbench_reports.annotations import audit_note, backend_title, technique_text
from dispatchbench_reports.estimates import Estimate
from dispatchbench_reports.lens import Lens
from dispatchbench_reports.phrases import listed
from dispatchbench_reports.preparing import mean_without_preparing
from dispatchbench_reports.study import Column

NOT_IN_LIBRARY = "not in this library"


@dataclass(frozen=True)
class Dot:
    estimate: Estimate
    hollow: bool
    """the effect is smaller than the spread of its layouts"""


@dataclass(frozen=True)
class Panel:
    title: str
    subtitle: str
    dots: Mapping[tuple[str, str], Dot]
    """by (row, series)"""
    means: Mapping[str, Estimate]
    """geometric means by series"""
    unprepared: Mapping[str, Estimate]
    """those without preparing, of series where that can be seen"""
    absent: Mapping[str, str]
    """why a series has no mean, by series"""

    @property
    def estimates(self) -> list[Estimate]:
        dots = (dot.estimate for dot in self.dots.values())
        return [*dots, *self.means.values(), *self.unprepared.values()]


@dataclass(frozen=True)
class _Cell:
    """One backend of one library: a series in one panel."""

    dots: Mapping[str, Dot]
    """by workload"""
    mean: Estimate | None
    unprepared: Estimate | None
    """the mean without preparing"""
    absent: str


def _cell(lens: Lens, column: Column, backend: str) -> _Cell:
    if lens.is_reference(column, backend):
        return _Cell({}, None, None, "the baseline")
    dots = {
        workload: Dot(found, estimates.within_layout_spread(lens, column, workload, backend))
        for workload in lens.study.workloads
        if (found := estimates.ratio(lens, column, workload, backend)) is not None
    }
    return _Cell(
        dots,
        estimates.geometric_mean(lens, column, backend),
        mean_without_preparing(lens, column, backend),
        _absence(lens, column, backend),
    )


def _absence(lens: Lens, column: Column, backend: str) -> str:
    if backend in column.unavailable:
        return "unavailable"
    if backend not in column.backends and not lens.study.attempted(column, backend):
        return NOT_IN_LIBRARY
    return lens.study.mean_absence(column, backend)


def _panel(title: str, subtitle: str, cells: Mapping[str, _Cell]) -> Panel:
    """A panel from its cells by series."""
    return Panel(
        title=title,
        subtitle=subtitle,
        dots={
            (workload, name): dot
            for name, cell in cells.items()
            for workload, dot in cell.dots.items()
        },
        means={name: cell.mean for name, cell in cells.items() if cell.mean is not None},
        unprepared={
            name: cell.unprepared for name, cell in cells.items() if cell.unprepared is not None
        },
        absent={name: cell.absent for name, cell in cells.items() if cell.mean is None},
    )


def _techniques(lens: Lens, backend: str) -> str:
    """What a backend's machine code is, by library where libraries differ."""
    found: dict[str, list[str]] = {}
    for column in lens.columns:
        if column.audit(backend) is not None:
            found.setdefault(technique_text(column, backend), []).append(
                lens.study.column_title(column)
            )
    if len(found) < 2:
        return "".join(found)
    return "; ".join(f"{text} with {listed(titles)}" for text, titles in found.items())


def _marks(lens: Lens, column: Column) -> list[str]:
    """Which backends of a column are not what their names say, unless the legend says so of all columns."""
    return [
        f"{backend}: {note}"
        for backend in lens.backends
        if (note := audit_note(column, backend)) and backend_title(lens.study, backend) == backend
    ]


def panels_by_backend(lens: Lens) -> list[Panel]:
    """A panel for each backend, in which a series is a library."""
    return [
        _panel(
            backend,
            _techniques(lens, backend),
            {column.key: _cell(lens, column, backend) for column in lens.columns},
        )
        for backend in lens.backends
    ]


def panels_by_library(lens: Lens) -> list[Panel]:
    """A panel for each library, in which a series is a backend."""
    panels = []
    for column in lens.columns:
        borrowed = [f"relative to {lens.baseline_name(column)}"] if lens.borrows(column) else []
        panels.append(
            _panel(
                lens.study.column_title(column),
                "; ".join([*borrowed, *_marks(lens, column)]),
                {backend: _cell(lens, column, backend) for backend in lens.backends},
            )
        )
    return panels
