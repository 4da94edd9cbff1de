"""Draws the ratio chart."""

from __future__ import annotations

from typing import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import blended_transform_factory

from dispatchbench_reports.axis_ticks import set_ratio_axis
from dispatchbench_reports.chart_frame import MARGIN, ChartFrame, LegendEntry
from dispatchbench_reports.charts.interval_marks import (
    draw_estimates,
    draw_mean,
    number_goes_right,
    unprepared_entry,
)
from dispatchbench_reports.charts.ratio import MARK, MEAN_MARK, RatioChart
from dispatchbench_reports.charts.ratio_panels import Panel
from dispatchbench_reports.estimates import Estimate
from dispatchbench_reports.phrases import capitalised
from dispatchbench_reports.style import Look, Theme, looks, shortened, text_width
from dispatchbench_reports.wording import ratio_text, ratio_with_interval

STEP = 6.2 / 72
MEAN_STEP = 13.5 / 72
TITLE_ROOM = 0.24
AXIS_ROOM = 0.5


def draw_ratio_chart(chart: RatioChart, theme: Theme) -> Figure:
    """Draws inside themed(theme)."""
    palette = looks(chart.looks_of, theme)
    count = len(chart.series)
    row_height = max(13.5 / 72, (count * STEP) + 6 / 72)
    # Room for the heading of the means, if each has its own name.
    means_gap = 0.08 if count == 1 else 0.3
    body = len(chart.rows) * row_height + means_gap + count * MEAN_STEP + 0.05
    mean_labels = {
        name: "geometric mean" if count == 1 else title
        for name, title in chart.series_titles.items()
        if name in chart.series
    }
    longest = max(
        [text_width(row, 8.5) for row in chart.rows]
        + [text_width(title, 8.5) + 0.13 for title in mean_labels.values()]
    )
    left = min(max(longest, text_width("geometric mean", 8.5, bold=True)), 3.4) + 0.12
    across, panel_width = chart.across, chart.panel_width
    gap = 0.2
    width = max(2 * MARGIN + left + across * panel_width + (across - 1) * gap, 5.5)
    lines = -(-len(chart.panels) // across)
    title_room = TITLE_ROOM + (0.17 if any(panel.subtitle for panel in chart.panels) else 0)
    block = title_room + body + AXIS_ROOM
    frame = ChartFrame(
        width,
        lines * block,
        theme,
        chart.title,
        chart.caption,
        capitalised("; ".join(note for note in (chart.note, chart.hidden_intervals) if note)),
        _legend(chart, palette, theme),
    )
    low, high = chart.limits
    for number, panel in enumerate(chart.panels):
        line, place = divmod(number, across)
        x = MARGIN + left + place * (panel_width + gap)
        y = line * block + title_room
        axes = frame.axes(x, y, panel_width, body)
        set_ratio_axis(axes, low, high, panel_width)
        axes.set_ylim(body, 0)
        axes.set_yticks([])
        axes.spines["bottom"].set_visible(True)
        if panel.subtitle:
            frame.panel_subtitle(x, y - 0.09, panel.subtitle, panel_width)
        frame.panel_title(x, y + TITLE_ROOM - title_room - 0.09, panel.title, panel_width)
        frame.bands(axes, len(chart.rows), row_height)
        axes.axvline(1, color=theme.reference, linewidth=1.0, zorder=1.5, linestyle="-", marker="")
        _draw_dots(axes, chart, panel, palette, theme, row_height)
        _draw_means(axes, chart, panel, palette, theme, len(chart.rows) * row_height + means_gap)
        if place == 0:
            _label_rows(frame, chart, palette, mean_labels, left, y, row_height, means_gap, count)
        _label_axis(frame, chart, x, y + body, panel_width)
    return frame.figure


def _legend(chart: RatioChart, palette: Mapping[str, Look], theme: Theme) -> list[LegendEntry]:
    entries = [LegendEntry(chart.series_titles[name], palette[name]) for name in chart.series]
    if len(entries) == 1:
        entries = []
    if any(panel.unprepared for panel in chart.panels):
        entries.append(unprepared_entry(theme))
    return entries


def _draw_dots(
    axes: Axes,
    chart: RatioChart,
    panel: Panel,
    palette: Mapping[str, Look],
    theme: Theme,
    row_height: float,
) -> None:
    for number, name in enumerate(chart.series):
        full: list[tuple[Estimate, float]] = []
        hollow: list[tuple[Estimate, float]] = []
        for row_number, row in enumerate(chart.rows):
            dot = panel.dots.get((row, name))
            if dot is not None:
                y = (row_number + 0.5) * row_height + (number - (len(chart.series) - 1) / 2) * STEP
                (hollow if dot.hollow else full).append((dot.estimate, y))
        draw_estimates(axes, full, palette[name], theme, size=MARK)
        draw_estimates(axes, hollow, palette[name], theme, hollow=True, size=MARK)


def _draw_means(
    axes: Axes,
    chart: RatioChart,
    panel: Panel,
    palette: Mapping[str, Look],
    theme: Theme,
    top: float,
) -> None:
    axes.axhline(
        top - (0.04 if len(chart.series) == 1 else 0.26),
        color=theme.muted,
        linewidth=0.7,
        linestyle="-",
        marker="",
    )
    across = blended_transform_factory(axes.transAxes, axes.transData)
    for number, name in enumerate(chart.series):
        y = top + (number + 0.5) * MEAN_STEP
        mean = panel.means.get(name)
        if mean is None:
            axes.text(
                0.98,
                y,
                panel.absent[name],
                transform=across,
                size=7.5,
                color=theme.muted,
                ha="right",
                va="center",
            )
            continue
        unprepared = panel.unprepared.get(name)
        draw_mean(axes, mean, unprepared, y, palette[name], theme, MEAN_MARK)
        right = number_goes_right(mean, unprepared)
        narrow = axes.get_position().width * axes.figure.get_figwidth() < 2.5
        text = ratio_text(mean.value) if narrow else ratio_with_interval(mean)
        axes.text(
            0.985 if right else 0.015,
            y,
            text,
            transform=across,
            size=7.5,
            ha="right" if right else "left",
            va="center_baseline",
            bbox={"facecolor": theme.background, "edgecolor": "none", "pad": 0.8},
        )


def _label_rows(
    frame: ChartFrame,
    chart: RatioChart,
    palette: Mapping[str, Look],
    mean_labels: Mapping[str, str],
    left: float,
    y: float,
    row_height: float,
    means_gap: float,
    count: int,
) -> None:
    right = MARGIN + left - 0.09
    for number, row in enumerate(chart.rows):
        frame.row_label(right, y + (number + 0.5) * row_height, row, left - 0.12, 8.5)
    top = y + len(chart.rows) * row_height + means_gap
    if count > 1:
        frame.text(
            right, top - 0.12, "geometric mean", size=8.5, weight="bold", ha="right", va="center"
        )
    for number, name in enumerate(chart.series):
        middle = top + (number + 0.5) * MEAN_STEP
        if count > 1:
            frame.mark(right - 0.05, middle + frame.top, palette[name])
        frame.text(
            right - (0.13 if count > 1 else 0),
            middle,
            shortened(
                mean_labels[name], left - (0.09 if count == 1 else 0.22), 8.5, bold=count == 1
            ),
            size=8.5,
            weight="bold" if count == 1 else "normal",
            ha="right",
            va="center",
        )


def _label_axis(
    frame: ChartFrame, chart: RatioChart, x: float, bottom: float, width: float
) -> None:
    room = frame.ratio_directions(x, bottom + 0.31, width)
    full = f"time relative to {chart.baseline} (log scale)"
    text = full if text_width(full, 8) <= room else f"time / {chart.baseline}"
    if text_width(text, 8) <= room:
        frame.axis_label(x, bottom + 0.31, text, width)
