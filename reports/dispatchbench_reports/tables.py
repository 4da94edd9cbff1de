"""Tables of times and ratios, one per library."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dispatchbench_reports import estimates
from dispatchbench_reports.annotations import (
    audit_note,
    baseline_notes,
    failure_notes,
    incomplete_means,
    provenance,
    refusal_notes,
    state_notes,
    technique_text,
)
from dispatchbench_reports.left_out import left_out_notes
from dispatchbench_reports.lens import Lens
from dispatchbench_reports.phrases import capitalised
from dispatchbench_reports.preparing import prepare_notes
from dispatchbench_reports.study import Column, Study
from dispatchbench_reports.wording import ratio_with_interval, time_with_interval

LAYOUT_MARK = " ~"
LAYOUT_NOTE = "~: the effect is smaller than the spread of its code layouts"


@dataclass(frozen=True)
class Table:
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    summary_rows: int = 0
    """how many of the last rows summarise the others"""
    column_title: str = ""
    """the library whose table this is"""
    source_notes: int = 0
    """how many of the last notes only say where the numbers come from"""


def _notes(lens: Lens, column: Column, method: str) -> tuple[str, ...]:
    marks = [
        f"{backend} is {technique_text(column, backend)}"
        + ("" if audit.as_expected else f", expected {audit.expected_text}")
        for backend in lens.study.backends
        if audit_note(column, backend) and (audit := column.audit(backend)) is not None
    ]
    missing = [f"{name} is unavailable: {reason}" for name, reason in column.unavailable.items()]
    return (
        *state_notes(lens.study, [column]),
        *left_out_notes(lens.study, [column]),
        *refusal_notes(lens.study, [column]),
        *failure_notes(lens.study, [column]),
        *prepare_notes(lens.study, column),
        *marks,
        *missing,
        f"{provenance(lens.study, [column])}.",
        f"{capitalised(lens.clock_text)}; {method}.",
    )


def ratio_table(lens: Lens, column: Column) -> Table:
    """Workloads down, backends across, ratios to the baseline with their intervals; a geometric-mean row."""
    study, compared = lens.study, lens.compared(column)
    rows = []
    marked = False
    for workload in study.workloads:
        cells = []
        for backend in compared:
            found = estimates.ratio(lens, column, workload, backend)
            if found is None:
                cells.append(study.absence(column, workload, backend))
                continue
            mark = estimates.within_layout_spread(lens, column, workload, backend)
            marked = marked or mark
            cells.append(ratio_with_interval(found) + (LAYOUT_MARK if mark else ""))
        rows.append((workload, *cells))
    means = [estimates.geometric_mean(lens, column, backend) for backend in compared]
    rows.append(
        (
            "geometric mean",
            *(
                ratio_with_interval(mean) if mean else study.mean_absence(column, backend)
                for backend, mean in zip(compared, means)
            ),
        )
    )
    title = study.column_title(column)
    method = f"{estimates.ratio_method(lens)}; {estimates.mean_method(study)}"
    return Table(
        title=f"{title}: time relative to {lens.baseline_name(column)}",
        header=("workload", *compared),
        rows=tuple(rows),
        notes=(
            *((LAYOUT_NOTE,) if marked else ()),
            *baseline_notes(lens, [column]),
            *incomplete_means(lens, column).values(),
            *_notes(lens, column, method),
        ),
        summary_rows=1,
        column_title=title,
        source_notes=2,
    )


def time_table(lens: Lens, column: Column) -> Table:
    """Workloads down, backends across, times with their intervals."""
    study = lens.study
    found = estimates.times(study, lens.clock)
    shown = [backend for backend in study.backends if study.attempted(column, backend)]
    rows = []
    for workload in study.workloads:
        cells = []
        for backend in shown:
            cell = found.get((column.key, workload, backend))
            cells.append(
                time_with_interval(cell)
                if cell is not None
                else study.absence(column, workload, backend)
            )
        rows.append((workload, *cells))
    title = study.column_title(column)
    return Table(
        title=f"{title}: {study.unit}",
        header=("workload", *shown),
        rows=tuple(rows),
        notes=_notes(lens, column, estimates.time_method(study)),
        column_title=title,
        source_notes=2,
    )


def ratio_tables(lens: Lens) -> list[Table]:
    """A table for each library that has something to compare; the first one names the libraries left out."""
    tables = [ratio_table(lens, column) for column in lens.columns if lens.compared(column)]
    if tables and lens.left_out:
        left_out = baseline_notes(lens, lens.left_out)
        tables[0] = replace(tables[0], notes=(*left_out, *tables[0].notes))
    return tables


def time_tables(lens: Lens) -> list[Table]:
    return [time_table(lens, column) for column in lens.study.columns]
