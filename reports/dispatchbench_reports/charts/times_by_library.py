"""Draws the times of many libraries: a row for each library, on it every backend's median and the range of its processes."""

from __future__ import annotations

import math

from matplotlib.figure import Figure

from dispatchbench_reports.chart_frame import MARGIN, ChartFrame, LegendEntry, marker_style
from dispatchbench_reports.charts.times import PANEL_GAP, PANEL_WIDTHS, TimesChart, set_free_axis
from dispatchbench_reports.estimates import median
from dispatchbench_reports.style import Theme, looks, text_width

ROW = 11.5 / 72


def draw_times_by_library(chart: TimesChart, theme: Theme) -> Figure:
    """Draws inside themed(theme)."""
    palette = looks(chart.backends, theme)
    across = min(3, len(chart.workloads))
    panel_width = PANEL_WIDTHS[across]
    left = min(max(text_width(title, 8) for title in chart.column_titles.values()), 3.4) + 0.14
    body = len(chart.columns) * ROW
    block = 0.22 + body + 0.36
    frame = ChartFrame(
        max(2 * MARGIN + left + across * panel_width + (across - 1) * PANEL_GAP, 5.5),
        -(-len(chart.workloads) // across) * block,
        theme,
        chart.title,
        chart.caption,
        chart.note,
        [
            LegendEntry(chart.backend_titles[backend], palette[backend])
            for backend in chart.backends
        ],
    )
    for number, workload in enumerate(chart.workloads):
        line, place = divmod(number, across)
        x, y = MARGIN + left + place * (panel_width + PANEL_GAP), line * block + 0.22
        axes = frame.axes(x, y, panel_width, body)
        axes.set_ylim(body, 0)
        axes.set_yticks([])
        frame.panel_title(x, y - 0.09, workload, panel_width)
        frame.bands(axes, len(chart.columns), ROW)
        ends: list[float] = []
        for backend in chart.backends:
            dots: list[tuple[float, float]] = []
            lines: list[tuple[float, float]] = []
            for row, key in enumerate(chart.columns):
                strip = chart.strips.get((workload, backend, key))
                if strip is None:
                    continue
                middle = (row + 0.5) * ROW
                medians = [median(samples) for samples in strip.samples.values()]
                dots.append((strip.estimate.value, middle))
                lines += [(min(medians), middle), (max(medians), middle), (math.nan, middle)]
                ends += [min(medians), max(medians)]
            if dots:
                look = palette[backend]
                axes.plot(*zip(*lines), color=look.colour, linewidth=1.0, linestyle="-", marker="")
                axes.plot(*zip(*dots), zorder=4, **marker_style(look, theme, size=4.2))
        if place == 0:
            for row, key in enumerate(chart.columns):
                middle = y + (row + 0.5) * ROW
                frame.row_label(x - 0.08, middle, chart.column_titles[key], left - 0.1, 8)
        if ends:
            set_free_axis(axes, min(ends), max(ends))
    return frame.figure
