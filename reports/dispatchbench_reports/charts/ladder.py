"""The ladder: a library's techniques in order of their lines of code, and what each rung brings."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Sequence

from dispatchbench_reports import estimates
from dispatchbench_reports.annotations import caption, incomplete_means
from dispatchbench_reports.charts.ratio_rows import RatioPanel, RatioRow, RatioRows
from dispatchbench_reports.compilers import picture_groups, ranges
from dispatchbench_reports.estimates import Estimate
from dispatchbench_reports.lens import Lens
from dispatchbench_reports.phrases import capitalised, distinct, listed_briefly
from dispatchbench_reports.run_time_memory import has_memory
from dispatchbench_reports.study import Backend, Column, Study
from dispatchbench_reports.wording import precise_ratio_text, ratio_text

UNKNOWN = "–"
UNSEEN = ("generated", "unknown")
"""Effective techniques of backends whose code the audit doesn't see as a whole."""
COLUMNS = ("over first", "over before", "lines", "code", "tables")
NOTE = (
    "From top to bottom in order of lines of code; time relative to the top rung and to the rung before, "
    "below 1 is faster; log scale"
)
SIZES = (
    "Lines: code of the backend’s folder, which its variants share, without comments, tests, generated lists and the code "
    "that all backends share",
    "Code and tables: machine code that a backend can execute and its dispatch tables, as far as the audit sees them",
)
MEMORY = (
    "Memory: by how much a fresh process grows from before preparing a program to its end, the median over programs "
    "(dispatchbench cold)"
)


@dataclass(frozen=True)
class Rung:
    """A backend, and its time over the first rung's and over that of the rung before. The first rung has neither."""

    described: Backend
    cumulative: Estimate | None = None
    marginal: Estimate | None = None

    @property
    def name(self) -> str:
        return self.described.name


def _candidates(study: Study, column: Column) -> list[Backend]:
    """What was measured, in the library's order. A variant that checks a budget does more than the others."""
    return [
        backend
        for name, backend in column.backends.items()
        if study.measured(column, name) and not backend.budgeted
    ]


def rungs(lens: Lens, column: Column) -> list[Rung]:
    """A library's ladder; backends with equally many lines stand in the library's order."""
    known = [each for each in _candidates(lens.study, column) if each.source_lines is not None]
    order = sorted(known, key=lambda backend: backend.source_lines or 0)
    return [
        Rung(
            backend,
            estimates.geometric_mean(lens.relative_to(order[0].name), column, backend.name),
            estimates.geometric_mean(lens.relative_to(before.name), column, backend.name),
        )
        if before
        else Rung(backend)
        for before, backend in zip([None, *order], order)
    ]


def ladder_charts(lens: Lens, most_panels: int) -> list[tuple[str, RatioRows]] | str:
    """The chart, or as many pictures as its libraries need, each with their names; or why there is none."""
    study = lens.study
    ladders = {column.key: rungs(lens, column) for column in study.columns}
    columns = [column for column in study.columns if len(ladders[column.key]) > 1]
    if not columns:
        return (
            "no library has two measured backends whose lines of code are known: measure with a dispatchbench and a library "
            "that say them (context.dispatchbench.libraries[].backends[].source_lines)"
        )
    groups = picture_groups(study, columns, most_panels)
    pictures = []
    for number, group in enumerate(groups, start=1):
        libraries = ranges(study, group, columns)
        chart = _picture(lens, {column: ladders[column.key] for column in group})
        if len(groups) > 1:
            where = f"Picture {number} of {len(groups)}: {libraries}; "
            chart = replace(chart, note=where + chart.note)
        pictures.append((libraries, chart))
    return pictures


def _picture(lens: Lens, ladders: dict[Column, list[Rung]]) -> RatioRows:
    study, columns = lens.study, tuple(ladders)
    shows_memory = has_memory(replace(study, columns=columns))
    interval = estimates.RATIO_INTERVAL if estimates.has_intervals(study) else estimates.NO_INTERVAL
    return RatioRows(
        title=_title(study, ladders),
        note=NOTE,
        caption=caption(
            lens,
            f"{capitalised(lens.clock_text)}; per process the ratio of medians to the same library’s first rung, or to the "
            f"rung before{interval}; {estimates.mean_method(study)}",
            *SIZES,
            MEMORY if shows_memory else "",
            *_notes(lens, ladders),
            columns=columns,
        ),
        panels=tuple(
            RatioPanel(
                study.column_title(column), tuple(_row(rung, shows_memory) for rung in found)
            )
            for column, found in ladders.items()
        ),
        legend=("over the first rung", "over the rung before"),
        axis="time relative to another rung",
        columns=(*COLUMNS, "memory") if shows_memory else COLUMNS,
    )


def _row(rung: Rung, shows_memory: bool) -> RatioRow:
    backend, audit = rung.described, rung.described.audit
    # The audit sees neither what is made at run time nor what no dispatch leads to.
    seen = audit if audit is not None and audit.effective_technique not in UNSEEN else None
    memory = (_size(backend.memory_bytes),) if shows_memory else ()
    return RatioRow(
        rung.name,
        (rung.cumulative, rung.marginal),
        "",
        cells=(
            _ratio(rung.cumulative),
            _ratio(rung.marginal),
            f"{backend.source_lines:,}",
            _size(seen.code_bytes if seen else None),
            _size(seen.table_bytes if seen else None),
            *memory,
        ),
    )


def _ratio(estimate: Estimate | None) -> str:
    return precise_ratio_text(estimate.value) if estimate else UNKNOWN


def _size(size: float | None) -> str:
    if size is None:
        return UNKNOWN
    if size == 0:
        return "0"
    return f"{size / 1024:.1f} KiB" if size < 100 * 1024 else f"{size / 1024:,.0f} KiB"


def _notes(lens: Lens, ladders: dict[Column, list[Rung]]) -> list[str]:
    """What isn't on the ladders, and which means lack workloads."""
    study = lens.study
    notes = []
    for column, found in ladders.items():
        unknown = [each.name for each in _candidates(study, column) if each.source_lines is None]
        if unknown:
            notes.append(
                f"Not on the ladder of {study.column_title(column)}, since their lines of code are unknown: "
                f"{listed_briefly(unknown, 4)}"
            )
        for before, rung in zip(found, found[1:]):
            for reference in distinct((found[0].name, before.name)):
                note = incomplete_means(lens.relative_to(reference), column).get(rung.name)
                notes += [f"Over {reference}, {note}"] if note else []
    return distinct(notes)


def _title(study: Study, ladders: dict[Column, list[Rung]]) -> str:
    """The largest step that the intervals prove."""
    steps = [
        (column, before.name, rung.name, rung.marginal.value)
        for column, found in ladders.items()
        for before, rung in zip(found, found[1:])
        if rung.marginal is not None and rung.marginal.resolved_from(1)
    ]
    if not steps:
        return "No rung measurably differs from the one before"
    column, before, name, value = max(steps, key=lambda step: abs(math.log(step[3])))
    where = f" of {study.column_title(column)}" if len(ladders) > 1 else ""
    return f"Largest measurable step: {name}{where} takes {ratio_text(value)} times as long as {before}, the rung before"
