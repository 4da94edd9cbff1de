"""Machine code beside its cost: indirect-jump sites and ratio of each backend, with merged ones marked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from typing import Sequence

from dispatchbench_reports import estimates
from dispatchbench_reports.annotations import baseline_notes, caption
from dispatchbench_reports.axis_ticks import hidden_intervals, limits_around
from dispatchbench_reports.common_baseline import shared_lens
from dispatchbench_reports.compilers import in_order, picture_groups, ranges
from dispatchbench_reports.estimates import Estimate
from dispatchbench_reports.lens import Competitor, Lens
from dispatchbench_reports.phrases import capitalised, counted, distinct, listed
from dispatchbench_reports.preparing import LEGEND_SENTENCE, mean_without_preparing
from dispatchbench_reports.study import Audit, Backend, Column
from dispatchbench_reports.wording import ratio_text


class Mark(StrEnum):
    """How the machine code stands to the source, as the legend says it."""

    AS_DECLARED = "as declared"
    MERGED = "merged by the compiler"
    OTHER = "other code than declared"


@dataclass(frozen=True)
class TechniqueRow:
    competitor: Competitor
    column_title: str
    described: Backend
    audit: Audit
    estimate: Estimate
    unprepared: Estimate | None
    """without preparing, if that can be seen"""
    is_baseline: bool

    @property
    def name(self) -> str:
        return self.competitor.backend

    @property
    def merged(self) -> bool:
        """By the compiler, though the source keeps the jumps apart."""
        return self.described.merged_by_compiler

    @property
    def mark(self) -> Mark:
        """What readers should notice of its machine code."""
        if self.merged or (self.audit.merged and not self.audit.as_expected):
            return Mark.MERGED
        return Mark.AS_DECLARED if self.audit.as_expected else Mark.OTHER

    @property
    def estimates(self) -> list[Estimate]:
        return [each for each in (self.estimate, self.unprepared) if each is not None]

    def is_twin_of(self, other: TechniqueRow) -> bool:
        """Whether both come from one family, dispatch alike and are in the same library."""
        own, others = self.described, other.described
        return (
            self is not other
            and self.competitor.column is other.competitor.column
            and (own.family, own.dispatch) == (others.family, others.dispatch)
            and bool(own.family and own.dispatch)
        )


@dataclass(frozen=True)
class TechniquePanel:
    """Rows with one baseline."""

    title: str
    """the library, if each has a panel"""
    baseline: str
    rows: tuple[TechniqueRow, ...]
    grouped: bool = False
    """whether each library has a heading, and its rows below it"""

    @property
    def lines(self) -> tuple[TechniqueRow | str, ...]:
        """The rows, with the headings of libraries between them if they are grouped."""
        if not self.grouped:
            return self.rows
        lines: list[TechniqueRow | str] = []
        for title, rows in groupby(self.rows, lambda row: row.column_title):
            lines += [title, *rows]
        return tuple(lines)


@dataclass(frozen=True)
class TechniqueChart:
    title: str
    note: str
    caption: str
    panels: tuple[TechniquePanel, ...]
    limits: tuple[float, float]
    """of the axis of ratios"""

    @property
    def rows(self) -> tuple[TechniqueRow, ...]:
        return tuple(row for panel in self.panels for row in panel.rows)


MARK = 5.0
"""In points."""
RATIO_WIDTH = 3.4
"""Of the axis of ratios, in inches."""
MOST_MIXED = 3
"""Rows of more libraries are grouped by library, in order of release."""


def technique_chart(lens: Lens) -> TechniqueChart:
    """One row per audited backend and library, fastest first.

    Libraries share a panel only if they share a baseline: ratios to different ones can't be compared.
    """
    shared = shared_lens(lens)
    if shared is not None:
        grouped = len(shared.columns) > MOST_MIXED
        parts: list[tuple[Column, ...]] = [shared.columns]
        if grouped:
            parts = [(each,) for each in in_order(shared.columns)]
        rows_of = tuple(row for part in parts for row in _rows(shared, part))
        panels = [TechniquePanel("", str(shared.baseline), rows_of, grouped)]
    else:
        panels = [
            TechniquePanel(
                lens.study.column_title(column), lens.baseline_name(column), _rows(lens, (column,))
            )
            for column in lens.columns
        ]
    panels = [panel for panel in panels if panel.rows]
    rows = [row for panel in panels for row in panel.rows]
    limits = limits_around(each for row in rows for each in row.estimates)
    same_code = (
        f"{shared.baseline} is the same machine code in every library{_that_has_it(shared)}, so that all share an axis"
        if shared is not None and len({row.column_title for row in rows}) > 1
        else ""
    )
    compared = [each for row in rows if not row.is_baseline for each in row.estimates]
    hidden = hidden_intervals(compared, limits, RATIO_WIDTH, MARK)
    return TechniqueChart(
        title=_title(lens, rows),
        note="; ".join(note for note in (same_code, hidden) if note),
        caption=caption(
            shared or lens,
            capitalised(estimates.mean_method(lens.study)),
            "Sites: counted in the machine code",
            *baseline_notes(shared or lens),
            LEGEND_SENTENCE if any(row.unprepared for row in rows) else "",
        ),
        panels=tuple(panels),
        limits=limits,
    )


def _that_has_it(lens: Lens) -> str:
    return " that has it" if any(lens.borrows(column) for column in lens.columns) else ""


def technique_pictures(
    lens: Lens, chart: TechniqueChart, most: int
) -> list[tuple[str, TechniqueChart]]:
    """The chart, or as many pictures as its libraries need, each with what it shows."""
    groups = picture_groups(lens.study, lens.columns, most)
    if len(groups) < 2:
        return [("", chart)]
    pictures = []
    for number, columns in enumerate(groups, start=1):
        panels = [
            replace(
                panel, rows=tuple(row for row in panel.rows if row.competitor.column in columns)
            )
            for panel in chart.panels
        ]
        text = ranges(lens.study, columns, lens.columns)
        note = "; ".join(
            part for part in (f"Picture {number} of {len(groups)}: {text}", chart.note) if part
        )
        shown = tuple(panel for panel in panels if panel.rows)
        if shown:
            pictures.append((text, replace(chart, panels=shown, note=note)))
    return pictures


def _rows(lens: Lens, columns: Sequence[Column]) -> tuple[TechniqueRow, ...]:
    rows = []
    for column in columns:
        for backend in lens.study.backends:
            mean = estimates.geometric_mean(lens, column, backend)
            described = column.backends.get(backend)
            if described is None or described.audit is None or mean is None:
                continue
            rows.append(
                TechniqueRow(
                    competitor=Competitor(column, backend),
                    column_title=lens.study.column_title(column),
                    described=described,
                    audit=described.audit,
                    estimate=mean,
                    unprepared=mean_without_preparing(lens, column, backend),
                    is_baseline=lens.is_reference(column, backend),
                )
            )
    return tuple(sorted(rows, key=lambda row: row.estimate.value))


def _title(lens: Lens, rows: Sequence[TechniqueRow]) -> str:
    unknown = [row for row in rows if row.audit.effective_technique == "unknown"]
    wrong = [row for row in rows if not row.audit.as_expected and row not in unknown]
    merged = [row for row in rows if row.merged]
    if wrong:
        return f"Not what the name says: {listed(distinct(row.name for row in wrong))}"
    for row in merged:
        # A variant of the same source that the compiler left alone shows what merging costs.
        for twin in rows:
            if twin.is_twin_of(row) and not twin.merged:
                return _cost_of_merging(lens, row, twin)
    if merged:
        return f"The compiler merged the jumps of {listed(distinct(row.name for row in merged))}"
    if unknown:
        return f"What the machine code of {listed(distinct(row.name for row in unknown))} does could not be proved"
    audited = {row.competitor for row in rows}
    everything = all(
        Competitor(column, backend) in audited
        for column in lens.columns
        for backend in lens.study.backends
        if lens.study.measured(column, backend)
    )
    return f"Every {'' if everything else 'audited '}backend’s machine code is as declared"


def _cost_of_merging(lens: Lens, row: TechniqueRow, twin: TechniqueRow) -> str:
    ratio = estimates.mean_ratio(lens, row.competitor, twin.competitor)
    jumps = counted(row.audit.indirect_jump_sites or 0, "jump")
    start = f"Merged to {jumps}, {row.name}"
    if ratio is not None and ratio.low is None:
        return f"{start} took {ratio_text(ratio.value)} times {twin.name}’s time in one process ({row.column_title})"
    if ratio is None or not ratio.resolved_from(1):
        return f"{start} can’t be distinguished from {twin.name} ({row.column_title})"
    return f"{start} takes {ratio_text(ratio.value)} times {twin.name}’s time ({row.column_title})"
