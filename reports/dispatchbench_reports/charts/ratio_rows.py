"""Ratios in rows on one log axis: a panel for each library, a row for each backend, in it one mark or several and dots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dispatchbench_reports.axis_ticks import (
    centred_limits,
    limits_beside_one,
    set_ratio_axis,
    values_of,
)
from dispatchbench_reports.chart_frame import MARGIN, ChartFrame, LegendEntry, marker_style
from dispatchbench_reports.charts.interval_marks import draw_mean
from dispatchbench_reports.estimates import Estimate
from dispatchbench_reports.preparing import LEGEND
from dispatchbench_reports.style import Look, Theme, text_width

ROW = 14 / 72
"""With one mark; each further one makes a row higher."""
MARK = 6 / 72
PANEL_HEAD = 0.3
PANEL_FOOT = 0.5
PLOT_WIDTH = 4.6
TEXT_WIDTH = 1.5
"""Beside the axis."""
COLUMN_GAP = 0.22
MARK_SIZE = 4.5
"""In points."""
DOT = 2.4
"""A workload's dot, in points."""


@dataclass(frozen=True)
class RatioRow:
    name: str
    marks: tuple[Estimate | None, ...]
    """as many in every row; None leaves a place empty"""
    text: str
    dots: tuple[float, ...] = ()
    """small ones behind the marks"""
    unprepared: Estimate | None = None
    """the first mark without preparing, if that can be seen"""
    cells: tuple[str, ...] = ()
    """of the columns beside it"""


@dataclass(frozen=True)
class RatioPanel:
    title: str
    rows: tuple[RatioRow, ...]


@dataclass(frozen=True)
class RatioRows:
    title: str
    note: str
    caption: str
    panels: tuple[RatioPanel, ...]
    legend: tuple[str, ...] = ()
    """what each place of the marks stands for; empty for one"""
    axis: str = ""
    dots_legend: str = ""
    """what the dots stand for; empty without dots"""
    floor: bool = False
    """whether 1 is a floor, at the end of the axis; else it is in the middle"""
    columns: tuple[str, ...] = ()
    """headings of the rows' cells"""

    @property
    def rows(self) -> list[RatioRow]:
        return [row for panel in self.panels for row in panel.rows]

    @property
    def limits(self) -> tuple[float, float]:
        """Of the axis that all panels share."""
        marks = [mark for row in self.rows for mark in (*row.marks, row.unprepared) if mark]
        values = values_of(marks) + [dot for row in self.rows for dot in row.dots]
        return limits_beside_one(values) if self.floor else centred_limits(values)


def _looks(chart: RatioRows, theme: Theme) -> list[Look]:
    places = max(1, len(chart.legend))
    return [
        Look(theme.colours[place % len(theme.colours)], theme.markers[place % len(theme.markers)])
        for place in range(places)
    ]


def draw_ratio_rows(chart: RatioRows, theme: Theme) -> Figure:
    """Draws inside themed(theme)."""
    looks = _looks(chart, theme)
    row_height = ROW + len(looks) * MARK
    rows = chart.rows
    left = max((text_width(row.name, 8) for row in rows), default=1.0) + 0.14
    body = sum(PANEL_HEAD + len(panel.rows) * row_height + PANEL_FOOT for panel in chart.panels)
    beside = MARGIN + left + PLOT_WIDTH + (TEXT_WIDTH if any(row.text for row in rows) else 0)
    ends = _column_ends(chart, beside)
    frame = ChartFrame(
        MARGIN + (ends[-1] if ends else beside),
        body,
        theme,
        chart.title,
        chart.caption,
        chart.note,
        _legend(chart, looks, theme),
    )
    limits = chart.limits
    top = 0.0
    for panel in chart.panels:
        _draw_panel(frame, panel, looks, (MARGIN + left, top), row_height, limits)
        _draw_columns(frame, chart.columns, panel, ends, top, row_height)
        top += PANEL_HEAD + len(panel.rows) * row_height + PANEL_FOOT
        below = top - PANEL_FOOT + 0.31
        room = frame.ratio_directions(MARGIN + left, below, PLOT_WIDTH)
        if chart.axis and room > text_width(chart.axis, 8):
            frame.axis_label(MARGIN + left, below, chart.axis, PLOT_WIDTH)
    return frame.figure


def _legend(chart: RatioRows, looks: Sequence[Look], theme: Theme) -> list[LegendEntry]:
    entries = [LegendEntry(text, look) for text, look in zip(chart.legend, looks)]
    if any(row.unprepared for row in chart.rows):
        entries.append(LegendEntry(LEGEND, looks[0], hollow=True))
    if chart.dots_legend:
        entries.append(LegendEntry(chart.dots_legend, _dot_look(theme), size=DOT))
    return entries


def _dot_look(theme: Theme) -> Look:
    return Look(theme.muted, "o")


def _column_ends(chart: RatioRows, x: float) -> list[float]:
    """Where each column of cells ends, if they begin at x."""
    ends = []
    for place, heading in enumerate(chart.columns):
        cells = (text_width(row.cells[place], 8) for row in chart.rows)
        x += COLUMN_GAP + max(text_width(heading, 8), *cells)
        ends.append(x)
    return ends


def _draw_columns(
    frame: ChartFrame,
    headings: Sequence[str],
    panel: RatioPanel,
    ends: Sequence[float],
    top: float,
    row_height: float,
) -> None:
    """The headings at `top`, and below them the cells of each row."""
    for place, (heading, end) in enumerate(zip(headings, ends, strict=True)):
        muted = frame.theme.muted
        frame.text(end, top + 0.12, heading, size=8, color=muted, ha="right", va="center")
        for number, row in enumerate(panel.rows):
            middle = top + PANEL_HEAD + (number + 0.5) * row_height
            frame.text(end, middle, row.cells[place], size=8, ha="right", va="center")


def _draw_panel(
    frame: ChartFrame,
    panel: RatioPanel,
    looks: Sequence[Look],
    corner: tuple[float, float],
    row_height: float,
    limits: tuple[float, float],
) -> None:
    """The title at `corner`, and the axes below it."""
    x, top = corner
    height = len(panel.rows) * row_height
    frame.panel_title(MARGIN, top + 0.12, panel.title, x - MARGIN + PLOT_WIDTH)
    axes = frame.axes(x, top + PANEL_HEAD, PLOT_WIDTH, height)
    set_ratio_axis(axes, *limits, PLOT_WIDTH)
    axes.set_ylim(height, 0)
    axes.set_yticks([])
    axes.axvline(
        1, color=frame.theme.reference, linewidth=1.0, linestyle="-", marker="", zorder=1.5
    )
    frame.bands(axes, len(panel.rows), row_height)
    for number, row in enumerate(panel.rows):
        middle = top + PANEL_HEAD + (number + 0.5) * row_height
        frame.row_label(x - 0.09, middle, row.name, x - MARGIN - 0.12, 8)
        frame.text(x + PLOT_WIDTH + 0.1, middle, row.text, size=8, va="center")
        heights = [
            (number + (place + 1) / (len(looks) + 1)) * row_height for place in range(len(looks))
        ]
        axes.plot(
            row.dots,
            [heights[0]] * len(row.dots),
            zorder=2,
            alpha=0.6,
            **marker_style(_dot_look(frame.theme), frame.theme, size=DOT),
        )
        for place, (mark, y, look) in enumerate(zip(row.marks, heights, looks, strict=True)):
            if mark is not None:
                unprepared = row.unprepared if place == 0 else None
                draw_mean(axes, mark, unprepared, y, look, frame.theme, MARK_SIZE)
