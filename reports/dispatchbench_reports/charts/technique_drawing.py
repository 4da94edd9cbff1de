"""Draws the chart of machine code beside its cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, NullFormatter, NullLocator

from dispatchbench_reports.axis_ticks import set_ratio_axis
from dispatchbench_reports.chart_frame import MARGIN, ChartFrame, LegendEntry, marker_style
from dispatchbench_reports.charts.interval_marks import (
    draw_lines,
    draw_mean,
    number_goes_right,
    unprepared_entry,
)
from dispatchbench_reports.charts.technique import (
    MARK,
    RATIO_WIDTH,
    Mark,
    TechniqueChart,
    TechniquePanel,
    TechniqueRow,
)
from dispatchbench_reports.style import Look, Theme, shortened, text_width
from dispatchbench_reports.wording import ratio_with_interval

ROW = 15 / 72
SITES_WIDTH = 1.6
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
    if any(row.unprepared for row in chart.rows):
        legend.append(unprepared_entry(theme))
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
        draw_lines(axes, [(0.8, count, y)], look)
        axes.plot([count], [y], zorder=4, **marker_style(look, frame.theme, size=MARK))


def _draw_ratio(
    frame: ChartFrame, axes: Axes, row: TechniqueRow, y: float, look: Look, band: str | None
) -> None:
    estimate = row.estimate
    draw_mean(axes, estimate, row.unprepared, y, look, frame.theme, MARK)
    if row.is_baseline:
        return
    right = number_goes_right(estimate, row.unprepared)
    axes.text(
        0.99 if right else 0.01,
        y,
        ratio_with_interval(estimate),
        transform=axes.get_yaxis_transform(),
        size=7.5,
        ha="right" if right else "left",
        va="center_baseline",
        bbox={"facecolor": band or frame.theme.background, "edgecolor": "none", "pad": 0.8},
    )
