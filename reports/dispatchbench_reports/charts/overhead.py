"""Dispatch overhead: each backend's time over that of the backend that doesn't dispatch, programs translated ahead of time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Sequence

from dispatchbench_reports import estimates
from dispatchbench_reports.annotations import (
    backend_title,
    baseline_notes,
    caption,
    incomplete_means,
)
from dispatchbench_reports.charts.ratio_rows import RatioPanel, RatioRow, RatioRows
from dispatchbench_reports.estimates import Estimate
from dispatchbench_reports.leading import leaders
from dispatchbench_reports.lens import Competitor, Lens
from dispatchbench_reports.phrases import capitalised, counted, distinct, listed, listed_briefly
from dispatchbench_reports.preparing import LEGEND_SENTENCE, mean_without_preparing
from dispatchbench_reports.study import Column, Study
from dispatchbench_reports.wording import ratio_text, ratio_with_interval

NO_DISPATCH = "none"
"""What the field `dispatch` says of a backend whose programs were translated ahead of time."""
COMPILED = "compiled"
"""What it says of one that makes machine code while a program runs."""
MOST_NAMED = 4


@dataclass(frozen=True)
class Library:
    """One library over its floor, on the workloads where that is one."""

    lens: Lens
    column: Column
    no_floor: tuple[str, ...]
    """the workloads that are left out, since another backend is faster there"""

    @property
    def floor(self) -> str:
        return self.lens.baseline_name(self.column)

    @property
    def title(self) -> str:
        own = self.lens.study.column_title(self.column)
        return f"{own}, relative to {self.floor}" if self.lens.borrows(self.column) else own

    @property
    def measured(self) -> tuple[str, ...]:
        """What has a mean."""
        compared = self.lens.compared(self.column)
        return tuple(name for name in compared if self.mean(name) is not None)

    @property
    def compiled(self) -> tuple[str, ...]:
        """Those that are no interpreters."""
        described = self.column.backends
        return tuple(
            name
            for name in self.measured
            if name in described and described[name].dispatch == COMPILED
        )

    def mean(self, backend: str) -> Estimate | None:
        return estimates.geometric_mean(self.lens, self.column, backend)


def _floor_of(study: Study, column: Column) -> str | None:
    """The backend without dispatch of a library, or else of the first library of its run that has one."""
    for other in (column, *study.columns):
        for name, described in other.backends.items():
            if (
                other.source == column.source
                and described.dispatch == NO_DISPATCH
                and study.measured(other, name)
            ):
                return name
    return None


def _library(lens: Lens, column: Column) -> Library | None:
    """None without a floor, or with nothing else that was measured on the same workloads."""
    floor = _floor_of(lens.study, column)
    if floor is None:
        return None
    own = lens.relative_to(floor)
    ratios = {
        workload: [
            found
            for backend in own.compared(column)
            if (found := estimates.ratio(own, column, workload, backend)) is not None
        ]
        for workload in lens.study.workloads
    }
    compared = [workload for workload, found in ratios.items() if found]
    no_floor = [
        workload
        for workload in compared
        if any(each.value < 1 and each.resolved_from(1) for each in ratios[workload])
    ]
    kept = tuple(workload for workload in compared if workload not in no_floor)
    if not compared:
        return None
    return Library(own.of(replace(lens.study, workloads=kept)), column, tuple(no_floor))


def _rows(library: Library) -> tuple[RatioRow, ...]:
    """The backends from the smallest overhead to the largest."""
    lens, column = library.lens, library.column
    rows = [
        (
            mean.value,
            RatioRow(
                backend_title(lens.study, backend),
                (mean,),
                ratio_with_interval(mean),
                dots=tuple(
                    found.value
                    for workload in lens.study.workloads
                    if (found := estimates.ratio(lens, column, workload, backend)) is not None
                ),
                unprepared=mean_without_preparing(lens, column, backend),
            ),
        )
        for backend in lens.compared(column)
        if (mean := library.mean(backend)) is not None
    ]
    return tuple(row for _, row in sorted(rows, key=lambda each: each[0]))


def overhead_chart(lens: Lens) -> RatioRows | str:
    """The numbers and texts of the chart, or why there are none."""
    libraries = [found for column in lens.study.columns if (found := _library(lens, column))]
    if not libraries:
        return (
            "dispatch overhead is relative to the backend recompiled, and needs it and another backend in the same run: "
            "build with -DDISPATCHBENCH_ALL_BACKENDS=ON, then dispatchbench run --all, or name both with --backend"
        )
    shown = [library for library in libraries if library.measured]
    if not shown:
        return f"another backend is faster than {libraries[0].floor} on every workload, so it is no floor of anything"
    columns = [library.column for library in shown]
    panels = tuple(RatioPanel(library.title, _rows(library)) for library in shown)
    first = shown[0]
    return RatioRows(
        _title(shown),
        f"Time relative to {first.floor} ({_summary(first)}); log scale",
        caption(
            lens,
            f"{capitalised(lens.clock_text)}; {estimates.ratio_method(first.lens)}; {estimates.mean_method(lens.study)}",
            "Part of this overhead is what a compiler saves across opcodes, which an interpreter runs one by one",
            *_no_floor_notes(shown),
            *distinct(note for each in shown for note in baseline_notes(each.lens, [each.column])),
            *distinct(
                note for each in shown for note in incomplete_means(each.lens, each.column).values()
            ),
            LEGEND_SENTENCE if any(row.unprepared for each in panels for row in each.rows) else "",
            columns=columns,
        ),
        panels,
        legend=("geometric mean",),
        axis=f"time / {first.lens.baseline}",
        dots_legend="one workload",
        floor=True,
    )


def _summary(library: Library) -> str:
    """What the floor is, as its library describes it."""
    reference = library.lens.reference(library.column)
    return reference.column.backends[reference.backend].summary if reference else ""


def _no_floor_notes(libraries: Sequence[Library]) -> list[str]:
    """Which workloads are left out of which libraries, and why."""
    by_workloads: dict[tuple[str, ...], list[str]] = {}
    for library in libraries:
        by_workloads.setdefault(library.no_floor, []).append(library.title)
    notes = []
    for workloads, titles in by_workloads.items():
        if workloads:
            where = f" with {listed_briefly(titles, MOST_NAMED)}" if len(by_workloads) > 1 else ""
            notes.append(f"Left out{where}: {listed(workloads)}")
    if notes:
        notes.append(
            f"There another backend is measurably faster than {libraries[0].floor}, so it is no floor: programs that "
            "modify themselves, or jump where its translator doesn’t look, run on an exact interpreter beside the translation"
        )
    return notes


@dataclass(frozen=True)
class Fastest:
    """The fastest interpreter of a library: of its other backends if it has no interpreter."""

    library: Library
    names: tuple[str, ...]
    """the first, and those that can't be told from it"""
    kind: str
    """interpreter or backend"""
    mean: Estimate
    """of the first"""


def _fastest(library: Library) -> Fastest | None:
    """None if no two backends have the same workloads, so that nobody can be ranked."""
    lens, column = library.lens, library.column
    interpreters = tuple(name for name in library.measured if name not in library.compiled)
    ranked = interpreters or library.measured
    found = leaders(lens, [Competitor(column, backend) for backend in ranked])
    if found is None and len(ranked) > 1:
        return None
    names = tuple(each.backend for each in found.all) if found else ranked
    kind = "interpreter" if interpreters else "backend"
    mean = library.mean(names[0])
    return Fastest(library, names, kind, mean) if mean is not None else None


def _title(libraries: Sequence[Library]) -> str:
    """How much longer the fastest interpreter takes, as far as intervals resolve it."""
    found = [fastest for library in libraries if (fastest := _fastest(library)) is not None]
    if not found:
        return f"Time relative to {libraries[0].floor}, which doesn’t dispatch"
    if len(libraries) == 1:
        workloads = counted(len(libraries[0].lens.study.workloads), "workload")
        text = f"{_finding(found[0])} (geometric mean of {workloads})"
    else:
        times = [
            f"{ratio_text(each.mean.value)} times as long with {each.library.title} ({_names(each)})"
            for each in found
        ]
        text = f"Relative to {libraries[0].floor}, the fastest {found[0].kind} takes {listed_briefly(times, MOST_NAMED)}"
    return text if found[0].mean.low is not None else f"{text}; one process, so no interval"


def _finding(fastest: Fastest) -> str:
    """The title for one library."""
    library, mean = fastest.library, fastest.mean
    if mean.low is not None and not mean.resolved_from(1):
        return f"{fastest.names[0]} can’t be distinguished from {library.floor}, which doesn’t dispatch"
    time = f"takes {ratio_text(mean.value)} times {library.floor}’s time"
    if len(library.measured) == 1:
        return f"{fastest.names[0]} {time}"
    others = [
        f"{name} {ratio_text(other.value)}"
        for name in library.compiled
        if name not in fastest.names and (other := library.mean(name)) is not None
    ]
    return f"The fastest {fastest.kind}, {_names(fastest)}, {listed_briefly([time, *others], MOST_NAMED)}"


def _names(fastest: Fastest) -> str:
    if len(fastest.names) > MOST_NAMED:
        return f"one of {len(fastest.names)} that can’t be distinguished"
    return " or ".join(fastest.names)
