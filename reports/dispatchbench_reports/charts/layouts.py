"""The effect of placement alone: how far apart the layout variants of the same code are, per backend."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import Mapping

from matplotlib.figure import Figure

from dispatchbench_reports import estimates
from dispatchbench_reports.annotations import backend_title, caption
from dispatchbench_reports.axis_ticks import set_time_axis
from dispatchbench_reports.chart_frame import MARGIN, ChartFrame, marker_style
from dispatchbench_reports.lens import Lens
from dispatchbench_reports.style import Theme, looks, text_width


@dataclass(frozen=True)
class LayoutsChart:
    title: str
    caption: str
    backends: tuple[str, ...]
    backend_titles: Mapping[str, str]
    panels: tuple[tuple[str, Mapping[str, Mapping[str, float]]], ...]
    """(title, spread in percent by backend and workload)"""


def layouts_chart(lens: Lens) -> LayoutsChart:
    """One panel per library that was measured in layouts; the spread is slowest over fastest layout, minus one."""
    study = lens.study
    panels = []
    counts = set()
    for column in study.columns:
        spreads: dict[str, dict[str, float]] = {}
        for backend in study.backends:
            for workload in study.workloads:
                found = estimates.layout_spread(study, lens.clock, column, workload, backend)
                if found is not None:
                    spreads.setdefault(backend, {})[workload] = (found.spread - 1) * 100
                    counts.add(len(found.by_layout))
        if spreads:
            panels.append((study.column_title(column), spreads))
    middle: dict[str, float] = {}
    for backend in study.backends:
        values = [value for _, spreads in panels for value in spreads.get(backend, {}).values()]
        if values:
            middle[backend] = statistics.median(values)
    title = ""
    if middle:
        most, least = max(middle, key=lambda name: middle[name]), min(
            middle, key=lambda name: middle[name]
        )
        title = (
            f"Layout alone moves {most} by {middle[most]:.1f} %"
            + (f" and {least} by {middle[least]:.1f} %" if len(middle) == 2 else "")
            + (
                f", the most, and {least} by {middle[least]:.1f} %, the least"
                if len(middle) > 2
                else ""
            )
            + f" (median over workloads{' and libraries' if len(panels) > 1 else ''})"
        )
    number = f"{min(counts)} to {max(counts)}" if len(counts) > 1 else str(next(iter(counts), 0))
    return LayoutsChart(
        title=title,
        caption=caption(
            lens,
            f"{number} layouts that differ only in padding and link order; spread: slowest over fastest layout of the "
            "same code, medians of process medians; small ticks: workloads; dot: their median",
        ),
        backends=tuple(backend for backend in study.backends if backend in middle),
        backend_titles={backend: backend_title(study, backend) for backend in study.backends},
        panels=tuple(panels),
    )


ROW = 20 / 72


def draw_layouts_chart(chart: LayoutsChart, theme: Theme) -> Figure:
    """Draws inside themed(theme)."""
    palette = looks(chart.backends, theme)
    left = (
        min(max(text_width(chart.backend_titles[name], 8.5) for name in chart.backends), 2.6) + 0.14
    )
    across = min(2, len(chart.panels))
    panel_width = 5.0 if across == 1 else 3.3
    gap = 0.3
    body = len(chart.backends) * ROW
    block = 0.24 + body + 0.52
    lines = -(-len(chart.panels) // across)
    frame = ChartFrame(
        2 * MARGIN + left + across * panel_width + (across - 1) * gap,
        lines * block,
        theme,
        chart.title,
        chart.caption,
    )
    highest = max(
        value
        for _, spreads in chart.panels
        for found in spreads.values()
        for value in found.values()
    )
    # Room for the number after the last tick.
    limit = max(highest, 0.1) * (1 + 0.62 / (panel_width - 0.62))
    for number, (title, spreads) in enumerate(chart.panels):
        line, place = divmod(number, across)
        x = MARGIN + left + place * (panel_width + gap)
        y = line * block + 0.24
        axes = frame.axes(x, y, panel_width, body)
        set_time_axis(axes, limit, panel_width)
        axes.set_ylim(body, 0)
        axes.set_yticks([])
        frame.panel_title(x, y - 0.1, title, panel_width)
        frame.bands(axes, len(chart.backends), ROW)
        for row, backend in enumerate(chart.backends):
            middle = (row + 0.5) * ROW
            if place == 0:
                frame.row_label(
                    x - 0.1, y + middle, chart.backend_titles[backend], left - 0.12, 8.5
                )
            values = list(spreads.get(backend, {}).values())
            if not values:
                axes.text(
                    limit * 0.01, middle, "not measured", size=7.5, color=theme.muted, va="center"
                )
                continue
            look = palette[backend]
            axes.plot(
                [place for value in values for place in (value, value, math.nan)],
                [middle, middle + ROW * 0.4, math.nan] * len(values),
                color=look.colour,
                linewidth=0.9,
                linestyle="-",
                marker="",
                zorder=3,
            )
            axes.plot(
                [statistics.median(values)],
                [middle - ROW * 0.2],
                zorder=4,
                **marker_style(look, theme, False, 5.5),
            )
            axes.text(
                max(values) + limit * 0.012,
                middle,
                f"{max(values):.1f} %",
                size=7.5,
                va="center",
                color=theme.muted,
            )
        label = "slowest over fastest layout, minus one (%)"
        frame.axis_label(x, y + body + 0.33, label, panel_width)
    return frame.figure
