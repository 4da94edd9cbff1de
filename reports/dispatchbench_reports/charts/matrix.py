"""The matrix: compilers in order of release down, backends across, each cell the mean ratio and what the machine code is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Collection, Mapping, Sequence

from dispatchbench_reports import estimates
from dispatchbench_reports.annotations import baseline_notes, caption, incomplete_means
from dispatchbench_reports.charts.grid import Grid, GridCell, ShadeKey, blocks_of
from dispatchbench_reports.common_baseline import common_baseline
from dispatchbench_reports.compilers import backends_in_order, by_compiler, ranges
from dispatchbench_reports.estimates import Estimate
from dispatchbench_reports.lens import Lens
from dispatchbench_reports.matrix_findings import fastest_in, speed_finding, technique_finding
from dispatchbench_reports.phrases import capitalised, counted, listed, listed_briefly
from dispatchbench_reports.study import Column
from dispatchbench_reports.wording import precise_ratio_text, ratio_text

TECHNIQUES: Mapping[str, tuple[str, str]] = {
    "merged": ("o", "merged: shared jumps"),
    "partly_merged": ("D", "partly merged"),
    "replicated": ("s", "replicated: a jump in each handler"),
    "tail_calls": (">", "guaranteed tail calls"),
    "calls": ("v", "calls and returns"),
    "comparisons": ("X", "comparisons"),
    "generated": ("*", "code generated at run time"),
}
"""The marker and the meaning of each technique that an audit finds."""
UNPROVED = ("P", "not proved")
LEAST_REACH = 1.05
"""Smaller ratios than this don't get the strongest colour."""


@dataclass(frozen=True)
class MatrixCell:
    """One backend of one library."""

    estimate: Estimate | None
    absence: str
    """why there is no estimate, in a word"""
    technique: str
    """what the machine code is; empty if it was not audited"""
    sites: int | None
    as_expected: bool = True
    incomplete: bool = False
    """the mean leaves out workloads"""
    fastest: bool = False
    """of its library, or not told apart from it"""


@dataclass(frozen=True)
class Matrix:
    title: str
    note: str
    caption: str
    baseline: str
    rows: tuple[tuple[Column, ...], ...]
    """in groups, one for each compiler"""
    row_titles: Mapping[str, str]
    backends: tuple[str, ...]
    cells: Mapping[tuple[str, str], MatrixCell]
    """by (column key, backend); none where the library doesn't know the backend"""


def matrix_lens(lens: Lens) -> Lens:
    """What the matrix compares with: the one baseline that was asked for, else code that all libraries share, else each
    library's own baseline."""
    return lens if lens.baseline.label is not None else common_baseline(lens) or lens


def _cell(lens: Lens, column: Column, backend: str, fastest: Collection[str]) -> MatrixCell | None:
    study = lens.study
    audit = column.audit(backend)
    known = backend in column.backends or backend in column.unavailable
    if not known and not study.attempted(column, backend):
        return None
    reference = lens.is_reference(column, backend)
    mean = None if reference else estimates.geometric_mean(lens, column, backend)
    absence = "the baseline" if reference else study.mean_absence(column, backend)
    return MatrixCell(
        estimate=mean,
        absence="unavailable" if backend in column.unavailable else absence,
        technique=audit.effective_technique if audit else "",
        sites=audit.indirect_jump_sites if audit else None,
        as_expected=audit is None or audit.as_expected,
        incomplete=_incomplete(lens, column, backend),
        fastest=backend in fastest,
    )


def _fastest(lens: Lens, column: Column) -> set[str]:
    found = fastest_in(lens, column)
    if found is None or not found.resolved:
        return set()
    return {each.backend for each in found.with_copies}


def _incomplete(lens: Lens, column: Column, backend: str) -> bool:
    found = estimates.compared_workloads(lens, column, backend)
    return 0 < len(found) < len(lens.study.workloads)


def matrix(lens: Lens) -> Matrix:
    """The numbers and texts of the chart."""
    lens = matrix_lens(lens)
    study = lens.study
    backends = tuple(name for name in backends_in_order(study) if name in lens.backends)
    found = {
        (column.key, backend): _cell(lens, column, backend, fastest)
        for column in lens.columns
        for fastest in [_fastest(lens, column)]
        for backend in backends
    }
    cells = {key: cell for key, cell in found.items() if cell is not None}
    return Matrix(
        title=technique_finding(lens),
        note=speed_finding(lens),
        caption=_caption(lens, cells),
        baseline=str(lens.baseline),
        rows=tuple(by_compiler(lens.columns)),
        row_titles={column.key: study.column_title(column) for column in lens.columns},
        backends=backends,
        cells=cells,
    )


def _baseline_sentence(lens: Lens) -> str:
    """What the ratios are relative to, and why that can be compared between libraries."""
    study, baseline = lens.study, lens.baseline
    if baseline.label is not None:
        return f"Every cell is relative to {baseline}, measured in the same round"
    owners = [column for column in lens.columns if study.measured(column, baseline.backend)]
    if lens.one_baseline and len(owners) > 1:
        whose = "each library" if len(owners) == len(lens.columns) else f"{len(owners)} libraries"
        return (
            f"Every cell is relative to {baseline} of the same library and process, "
            f"which is the same machine code in {whose} (proved by its hash)"
        )
    if len(lens.columns) == 1:
        return f"Every cell is relative to {baseline} of the same process"
    return (
        f"Every cell is relative to {baseline} of the same library and process. No backend is known to be the same "
        "machine code in all libraries, so compare cells within a row only"
    )


def _borrowed(lens: Lens) -> list[str]:
    borrowers = [column for column in lens.columns if lens.borrows(column)]
    if not borrowers:
        return []
    reference = lens.reference(borrowers[0])
    if len(lens.study.sources) > 1 or reference is None:
        return baseline_notes(lens, borrowers)
    have = "has" if len(borrowers) == 1 else "have"
    return [
        f"{capitalised(ranges(lens.study, borrowers, lens.columns))} {have} no {lens.baseline}: "
        f"compared with {reference.name} in the process of the same round, so the difference between two processes is in "
        "the ratio"
    ]


def _unavailable(lens: Lens) -> list[str]:
    """Why backends are unavailable, each reason with the libraries that give it."""
    missing: dict[tuple[str, str], list[Column]] = {}
    for column in lens.columns:
        for backend, reason in column.unavailable.items():
            if backend in lens.backends:
                missing.setdefault((reason.rstrip("."), backend), []).append(column)
    alike: dict[tuple[str, str], list[str]] = {}
    for (reason, backend), columns in missing.items():
        where = ranges(lens.study, columns, lens.columns)
        alike.setdefault((reason, where), []).append(backend)
    return [
        f"{listed(names)} {'is' if len(names) == 1 else 'are'} unavailable with {where}: {reason}"
        for (reason, where), names in alike.items()
    ]


def _left_out(lens: Lens) -> list[str]:
    by_note: dict[str, list[Column]] = {}
    for column in lens.columns:
        for note in incomplete_means(lens, column).values():
            by_note.setdefault(note, []).append(column)
    notes = [
        f"{note} ({ranges(lens.study, columns, lens.columns)})" for note, columns in by_note.items()
    ]
    return [f"*: {listed_briefly(notes, 4)}"] if notes else []


def _caption(lens: Lens, cells: Mapping[tuple[str, str], MatrixCell]) -> str:
    unexpected = any(not cell.as_expected for cell in cells.values())
    return caption(
        lens,
        f"Geometric mean of {counted(len(lens.study.workloads), 'workload')} by {lens.clock_text}"
        + (", 95 % interval over processes" if estimates.has_intervals(lens.study) else ""),
        _baseline_sentence(lens),
        *_borrowed(lens),
        *(baseline_notes(lens, lens.left_out) if lens.left_out else ()),
        *_left_out(lens),
        *_unavailable(lens),
        "Sites: indirect jumps that dispatch, counted in the machine code",
        "Framed: the fastest of its row, or not told apart from it"
        if any(cell.fastest for cell in cells.values())
        else "",
        "!: the machine code is not what the backend’s name says" if unexpected else "",
        columns=lens.columns,
    )


def _below(cell: MatrixCell) -> tuple[str, str]:
    """The line below a cell's value, and its marker."""
    if not cell.technique:
        return ("", "") if cell.estimate is None else ("not audited", "")
    marker = TECHNIQUES.get(cell.technique, UNPROVED)[0]
    sites = "" if cell.sites is None else counted(cell.sites, "site")
    text = sites or cell.technique.replace("_", " ")
    return text + ("" if cell.as_expected else " !"), marker


def _grid_cell(cell: MatrixCell | None, reach: float) -> GridCell:
    if cell is None:
        return GridCell("–", muted=True)
    below, marker = _below(cell)
    if cell.estimate is None:
        return GridCell(cell.absence, below=below, marker=marker, muted=True)
    low, high = cell.estimate.low, cell.estimate.high
    interval = f"[{_bound(low)}, {_bound(high)}]" if low is not None and high is not None else ""
    return GridCell(
        value=ratio_text(cell.estimate.value) + ("*" if cell.incomplete else ""),
        aside=interval,
        below=below,
        marker=marker,
        shade=math.log(cell.estimate.value) / math.log(reach),
        outlined=cell.fastest,
    )


def _bound(value: float) -> str:
    return ratio_text(value) if value < 100 else precise_ratio_text(value)


def _reach(cells: Sequence[MatrixCell]) -> float:
    values = [abs(math.log(cell.estimate.value)) for cell in cells if cell.estimate is not None]
    return math.exp(max([*values, math.log(LEAST_REACH)]))


def matrix_grid(found: Matrix) -> Grid:
    """The matrix as a grid to draw."""
    shown = list(found.cells.values())
    reach = _reach(shown)
    keys = [[column.key for column in group] for group in found.rows]
    faster = any(cell.estimate is not None and cell.estimate.value < 1 for cell in shown)
    shades = (-1.0, -0.5, 0.0, 0.5, 1.0) if faster else (0.0, 0.25, 0.5, 0.75, 1.0)
    used = {cell.technique for cell in shown if cell.technique}
    markers = {marker: text for name, (marker, text) in TECHNIQUES.items() if name in used}
    if used - set(TECHNIQUES):
        markers[UNPROVED[0]] = UNPROVED[1]
    return Grid(
        title=found.title,
        note=found.note,
        caption=found.caption,
        blocks=blocks_of(found.backends, keys, lambda row, name: (row, name) in found.cells),
        row_titles=found.row_titles,
        cells={
            (row, name): _grid_cell(found.cells.get((row, name)), reach)
            for group in keys
            for row in group
            for name in found.backends
        },
        key=ShadeKey(
            f"time relative to {found.baseline} (log scale)",
            tuple((shade, ratio_text(reach**shade)) for shade in shades),
        ),
        markers=markers,
    )
