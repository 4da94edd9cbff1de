"""Compile seconds and peak memory: compilers in order of release down, backends across."""

from __future__ import annotations

import math
from typing import Callable, Sequence

from dispatchbench_reports.annotations import provenance
from dispatchbench_reports.builds import Compilation
from dispatchbench_reports.charts.grid import Grid, GridCell, ShadeKey, blocks_of
from dispatchbench_reports.compilers import backends_in_order, by_compiler, ranges
from dispatchbench_reports.lens import Lens
from dispatchbench_reports.study import Column, Study

Key = tuple[str, str]
"""(column key, backend)"""


def compilations(study: Study) -> dict[Key, Compilation]:
    """What is known of compiling each backend that the study has."""
    return {
        (column.key, backend): found
        for column in study.columns
        if column.build is not None
        for backend in study.backends
        if (found := column.build.compilations.get(backend)) is not None
        and found.seconds is not None
    }


def compile_time_grid(lens: Lens) -> Grid:
    """The numbers and texts of the chart."""
    study = lens.study
    found = compilations(study)
    seconds = {key: each.seconds for key, each in found.items() if each.seconds is not None}
    columns = [column for column in study.columns if any(key == column.key for key, _ in found)]
    groups = by_compiler(columns)
    keys = [[column.key for column in group] for group in groups]
    positive = [value for value in seconds.values() if value > 0]
    low, high = (min(positive), max(positive)) if positive else (1.0, 1.0)

    def shade(value: float) -> float:
        return math.log(max(value, low) / low) / math.log(high / low) if high > low else 0.0

    return Grid(
        title=_title(study, seconds, columns),
        note="Compile time, and below it the memory that the compiler had at once, at most",
        caption=f"{provenance(study, columns)}. One compilation of each backend’s source, as tools/libraries made it: "
        "no repetition, so small differences say nothing. –: the library doesn’t say.",
        blocks=blocks_of(
            [name for name in backends_in_order(study) if any(name == other for _, other in found)],
            keys,
            lambda row, name: (row, name) in found,
        ),
        row_titles={column.key: study.column_title(column) for column in columns},
        cells={
            (column.key, backend): _cell(found.get((column.key, backend)), shade)
            for column in columns
            for backend in study.backends
        },
        key=ShadeKey(
            "compile time (log scale)",
            tuple(
                (share, seconds_text(low * (high / low) ** share))
                for share in ((0.0, 0.25, 0.5, 0.75, 1.0) if high > low else (0.0,))
            ),
        ),
    )


def _cell(found: Compilation | None, shade: Callable[[float], float]) -> GridCell:
    if found is None or found.seconds is None:
        return GridCell("–", muted=True)
    memory = "" if found.peak_bytes is None else f"{found.peak_bytes / 1e6:,.0f} MB"
    return GridCell(seconds_text(found.seconds), below=memory, shade=shade(found.seconds))


def seconds_text(value: float) -> str:
    return (
        f"{value:.0f} s" if value >= 100 else f"{value:.1f} s" if value >= 1 else f"{value:.2f} s"
    )


def _title(study: Study, seconds: dict[Key, float], columns: Sequence[Column]) -> str:
    """The range of each, since one compilation resolves no more."""
    by_key = {column.key: column for column in columns}
    slowest = max(seconds, key=lambda key: seconds[key])
    fastest = min(seconds, key=lambda key: seconds[key])

    def text(key: Key) -> str:
        whose = ranges(study, [by_key[key[0]]], columns)
        return f"{seconds_text(seconds[key])} for {key[1]} with {whose}"

    if slowest == fastest:
        return f"Compiling takes {text(slowest)}"
    return f"Compiling takes from {text(fastest)} to {text(slowest)}"
