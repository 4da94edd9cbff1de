"""Machine code beside its cost: indirect-jump sites and ratio of each backend, with merged ones marked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from typing import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, NullFormatter, NullLocator

from dispatchbench_reports import estimates
from dispatchbench_reports.annotations import baseline_notes, caption
from dispatchbench_reports.axis_ticks import hidden_intervals, limits_around, set_ratio_axis
from dispatchbench_reports.chart_frame import MARGIN, ChartFrame, LegendEntry, marker_style
from dispatchbench_reports.common_baseline import shared_lens
from dispatchbench_reports.compilers import in_order, picture_groups, ranges
from dispatchbench_reports.estimates import Estimate
from dispatchbench_reports.lens import Competitor, Lens
from dispatchbench_reports.phrases import capitalised, counted, distinct, listed
from dispatchbench_reports.study import Audit, Backend, Column
from dispatchbench_reports.style import Look, Theme, shortened, text_width
from dispatchbench_reports.wording import ratio_text, ratio_with_interval


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
    limits = limits_around(row.estimate for row in rows)
    same_code = (
        f"{shared.baseline} is the same machine code in every library{_that_has_it(shared)}, so that all share an axis"
        if shared is not None and len({row.column_title for row in rows}) > 1
        else ""
    )
    compared = [row.estimate for row in rows if not row.is_baseline]
    hidden = hidden_intervals(compared, limits, RATIO_WIDTH, MARK)
    return TechniqueChart(
        title=_title(lens, rows),
        note="; ".join(note for note in (same_code, hidden) if note),
        caption=caption(
            shared or lens,
            capitalised(estimates.mean_method(lens.study)),
            "Sites: counted in the machine code",
            *baseline_notes(shared or lens),
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


MARK = 5.0
ROW = 15 / 72
SITES_WIDTH = 1.6
RATIO_WIDTH = 3.4


HEADINGS = 0.24
BELOW = 0.5
PANEL_TITLE = 0.2


def draw_technique_chart(chart: TechniqueChart, theme: Theme) -> Figure:
    """Draws inside themed(theme)."""
    named = [panel for panel in chart.panels if not panel.title]
    several = len({row.column_title for panel in named for row in panel.rows}) > 1
    several = several and not any(panel.grouped for panel in named)
    marks = {
        Mark.AS_DECLARED: Look(theme.colours[0], "o"),
        Mark.MERGED: Look(theme.colours[1], "X"),
        Mark.OTHER: Look(theme.colours[2], "D"),
    }
    widths = _Widths(
        min(max(text_width(_row_name(row, several), 8.5) for row in chart.rows), 3.8) + 0.14,
        min(max(text_width(row.audit.label, 8) for row in chart.rows), 2.6) + 0.15,
    )
    used = {row.mark for row in chart.rows}
    legend = [
        LegendEntry(mark, look)
        for mark, look in marks.items()
        if mark in used or mark is Mark.AS_DECLARED
    ]
    heights = [
        (PANEL_TITLE if panel.title else 0) + HEADINGS + len(panel.lines) * ROW + BELOW
        for panel in chart.panels
    ]
    frame = ChartFrame(
        2 * MARGIN + widths.total,
        sum(heights),
        theme,
        chart.title,
        chart.caption,
        chart.note,
        legend,
    )
    top = 0.0
    for panel, height in zip(chart.panels, heights):
        _draw_panel(frame, chart, panel, top, widths, several, marks)
        top += height
    return frame.figure


@dataclass(frozen=True)
class _Widths:
    """Of the columns of names and of machine code, in inches."""

    names: float
    code: float

    @property
    def sites_x(self) -> float:
        return MARGIN + self.names + self.code

    @property
    def ratio_x(self) -> float:
        return self.sites_x + SITES_WIDTH + 0.25

    @property
    def total(self) -> float:
        return self.ratio_x + RATIO_WIDTH - MARGIN


def _row_name(row: TechniqueRow, several: bool) -> str:
    return f"{row.name}, {row.column_title}" if several else row.name


def _draw_panel(
    frame: ChartFrame,
    chart: TechniqueChart,
    panel: TechniquePanel,
    top: float,
    widths: _Widths,
    several: bool,
    marks: Mapping[Mark, Look],
) -> None:
    theme = frame.theme
    if panel.title:
        frame.panel_title(MARGIN, top + 0.08, panel.title, widths.total)
        top += PANEL_TITLE
    top += HEADINGS
    body = len(panel.lines) * ROW
    for x, text in (
        (MARGIN + widths.names, "machine code"),
        (widths.sites_x, "indirect-jump sites"),
        (widths.ratio_x, f"time relative to {panel.baseline}"),
    ):
        frame.text(x, top - 0.1, text, size=8.5, weight="bold", va="center")
    sites = frame.axes(widths.sites_x, top, SITES_WIDTH, body)
    ratios = frame.axes(widths.ratio_x, top, RATIO_WIDTH, body)
    sites.set_xscale("log")
    sites.set_xlim(0.8, 700)
    sites.xaxis.set_major_locator(FixedLocator([1, 10, 100]))
    sites.xaxis.set_major_formatter(FixedFormatter(["1", "10", "100"]))
    sites.xaxis.set_minor_locator(NullLocator())
    sites.xaxis.set_minor_formatter(NullFormatter())
    set_ratio_axis(ratios, *chart.limits, RATIO_WIDTH)
    ratios.axvline(1, color=theme.reference, linewidth=1.0, linestyle="-", marker="", zorder=1.5)
    for axes in (sites, ratios):
        axes.set_ylim(body, 0)
        axes.set_yticks([])
        frame.bands(axes, len(panel.lines), ROW)
    for number, row in enumerate(panel.lines):
        y = (number + 0.5) * ROW
        if isinstance(row, str):
            frame.text(MARGIN, top + y, row, size=8.5, weight="bold", va="center")
            continue
        look = marks[row.mark]
        name = _row_name(row, several)
        frame.row_label(MARGIN + widths.names - 0.1, top + y, name, widths.names - 0.12, 8.5)
        frame.text(
            MARGIN + widths.names,
            top + y,
            shortened(row.audit.label, widths.code - 0.1, 8),
            size=8,
            color=theme.muted if row.mark is Mark.AS_DECLARED else look.colour,
            va="center",
        )
        _draw_sites(frame, sites, row, y, look)
        _draw_ratio(frame, ratios, row, y, look, frame.theme.band if number % 2 == 0 else None)
    below = top + body + 0.32
    frame.axis_label(widths.sites_x, below, "sites (log scale)", SITES_WIDTH)
    frame.ratio_directions(widths.ratio_x, below, RATIO_WIDTH)
    frame.axis_label(widths.ratio_x, below, "geometric mean of ratios (log scale)", RATIO_WIDTH)


def _draw_sites(frame: ChartFrame, axes: Axes, row: TechniqueRow, y: float, look: Look) -> None:
    count = row.audit.indirect_jump_sites
    if count == 0:
        axes.text(0.9, y, "none", size=7.5, color=frame.theme.muted, va="center")
    elif count is not None:
        _draw_line(axes, 0.8, count, y, look)
        axes.plot([count], [y], zorder=4, **marker_style(look, frame.theme))


def _draw_ratio(
    frame: ChartFrame, axes: Axes, row: TechniqueRow, y: float, look: Look, band: str | None
) -> None:
    estimate = row.estimate
    if estimate.low is not None and estimate.high is not None:
        _draw_line(axes, estimate.low, estimate.high, y, look)
    axes.plot([estimate.value], [y], zorder=4, **marker_style(look, frame.theme))
    if row.is_baseline:
        return
    # The number goes to the side of 1 without the dot.
    faster = estimate.value <= 1
    axes.text(
        0.99 if faster else 0.01,
        y,
        ratio_with_interval(estimate),
        transform=axes.get_yaxis_transform(),
        size=7.5,
        ha="right" if faster else "left",
        va="center_baseline",
        bbox={"facecolor": band or frame.theme.background, "edgecolor": "none", "pad": 0.8},
    )


def _draw_line(axes: Axes, left: float, right: float, y: float, look: Look) -> None:
    axes.plot(
        [left, right],
        [y, y],
        color=look.colour,
        linewidth=1.3,
        linestyle="-",
        marker="",
        zorder=3,
    )
