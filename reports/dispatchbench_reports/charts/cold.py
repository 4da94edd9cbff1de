"""Cold starts: a row for each backend, a mark for each distance, time relative to the baseline on a log axis."""

from __future__ import annotations

import math
from dataclasses import dataclass

from matplotlib.figure import Figure

from dispatchbench_reports.axis_ticks import limits_around, set_ratio_axis
from dispatchbench_reports.chart_frame import MARGIN, ChartFrame, LegendEntry, marker_style
from dispatchbench_reports.estimates import Estimate, interval_of_logs
from dispatchbench_reports.phrases import counted, distinct
from dispatchbench_reports.reading.cold_starts import ColdStarts
from dispatchbench_reports.style import Look, Theme, text_width
from dispatchbench_reports.wording import ratio_text

LEVEL = 0.95
ROW = 24 / 72
PANEL_HEAD = 0.3
PANEL_FOOT = 0.5
PLOT_WIDTH = 4.6


@dataclass(frozen=True)
class ColdBackend:
    name: str
    ratios: dict[int, Estimate]
    """by distance"""


@dataclass(frozen=True)
class ColdPanel:
    library: str
    backends: tuple[ColdBackend, ...]


@dataclass(frozen=True)
class ColdChart:
    title: str
    note: str
    caption: str
    baseline: str
    distances: tuple[int, ...]
    programs: dict[int, int]
    """how many have a moment to time at each distance"""
    panels: tuple[ColdPanel, ...]


def cold_ratio(found: ColdStarts, library: str, backend: str, distance: int) -> Estimate | None:
    """Geometric mean over the programs of time over the baseline's, with its interval over processes."""
    wanted, where = found.reference(library)
    base = {
        row.workload: row for row in found.rows if (row.backend, row.library) == (wanted, where)
    }
    logs = [
        [
            math.log(own / other)
            for own, other in zip(row.times[distance], reference.times[distance])
        ]
        for row in found.rows
        if (row.backend, row.library) == (backend, library)
        and (reference := base.get(row.workload)) is not None
        and distance in row.times
        and distance in reference.times
    ]
    if not logs:
        return None
    by_process = [sum(each) / len(each) for each in zip(*logs)]
    return interval_of_logs(by_process, len(by_process), LEVEL)


def cold_chart(found: ColdStarts) -> ColdChart:
    """The numbers and texts of the chart."""
    panels = []
    for library in found.libraries:
        names = distinct(row.backend for row in found.rows if row.library == library)
        wanted, where = found.reference(library)
        backends = tuple(
            ColdBackend(
                name,
                {
                    distance: ratio
                    for distance in found.distances
                    if (ratio := cold_ratio(found, library, name, distance)) is not None
                },
            )
            for name in names
            if (name, library) != (wanted, where)
        )
        if backends:
            panels.append(ColdPanel(f"{library} ({found.libraries[library]})", backends))
    programs = {
        distance: len({row.workload for row in found.rows if distance in row.times})
        for distance in found.distances
    }
    reached = ", ".join(
        f"{counted(number, 'program')} near {distance:,} instructions"
        for distance, number in programs.items()
    )
    return ColdChart(
        title=_title(panels, found),
        note=f"Time of a program’s first instructions in a fresh process over that of {found.baseline}, preparing included",
        caption=f"{found.machine}. Geometric means over the programs that write to a device near that instruction, since "
        f"nothing else shows how far a backend has come: {reached}. Lines: {100 * LEVEL:g} % intervals over "
        f"{counted(found.processes, 'process')} of each row.",
        baseline=found.baseline,
        distances=found.distances,
        programs=programs,
        panels=tuple(panels),
    )


def _title(panels: list[ColdPanel], found: ColdStarts) -> str:
    """Whose cold start differs most from what comes later."""
    first, last = found.distances[0], found.distances[-1]
    both = [
        (panel, backend, backend.ratios[first].value, backend.ratios[last].value)
        for panel in panels
        for backend in panel.backends
        if first in backend.ratios and last in backend.ratios
    ]
    if not both:
        return "Cold starts"
    panel, backend, early, late = max(both, key=lambda each: abs(math.log(each[2] / each[3])))
    where = f" of {panel.library}" if len(panels) > 1 else ""
    return (
        f"{backend.name}{where} takes {ratio_text(early)} times as long as {found.baseline} for the first {first:,} "
        f"instructions, {ratio_text(late)} times for the first {last:,}"
    )


def draw_cold_chart(chart: ColdChart, theme: Theme) -> Figure:
    """Draws inside themed(theme)."""
    looks = {
        distance: Look(theme.colours[number % len(theme.colours)], theme.markers[number])
        for number, distance in enumerate(chart.distances)
    }
    names = [backend.name for panel in chart.panels for backend in panel.backends]
    left = max(text_width(name, 8) for name in names) + 0.14 if names else 1.0
    right = 1.5
    body = sum(PANEL_HEAD + len(panel.backends) * ROW + PANEL_FOOT for panel in chart.panels)
    frame = ChartFrame(
        2 * MARGIN + left + PLOT_WIDTH + right,
        body,
        theme,
        chart.title,
        chart.caption,
        chart.note,
        [
            LegendEntry(f"first {distance:,} instructions", looks[distance])
            for distance in chart.distances
        ],
    )
    estimates = [
        estimate
        for panel in chart.panels
        for backend in panel.backends
        for estimate in backend.ratios.values()
    ]
    low, high = limits_around(estimates)
    top = 0.0
    for panel in chart.panels:
        height = len(panel.backends) * ROW
        frame.panel_title(MARGIN, top + 0.12, panel.library, left + PLOT_WIDTH)
        top += PANEL_HEAD
        axes = frame.axes(MARGIN + left, top, PLOT_WIDTH, height)
        set_ratio_axis(axes, low, high, PLOT_WIDTH)
        axes.set_ylim(height, 0)
        axes.set_yticks([])
        axes.axvline(1, color=theme.reference, linewidth=1.0, linestyle="-", marker="", zorder=1.5)
        frame.bands(axes, len(panel.backends), ROW)
        for number, backend in enumerate(panel.backends):
            middle = top + (number + 0.5) * ROW
            frame.row_label(MARGIN + left - 0.09, middle, backend.name, left - 0.12, 8)
            values = [
                ratio_text(backend.ratios[distance].value) if distance in backend.ratios else "–"
                for distance in chart.distances
            ]
            frame.text(
                MARGIN + left + PLOT_WIDTH + 0.1, middle, " → ".join(values), size=8, va="center"
            )
            for place, distance in enumerate(chart.distances):
                estimate = backend.ratios.get(distance)
                if estimate is None:
                    continue
                y = (number + (place + 1) / (len(chart.distances) + 1)) * ROW
                ends = [estimate.low or estimate.value, estimate.high or estimate.value]
                axes.plot(
                    ends,
                    [y, y],
                    color=looks[distance].colour,
                    linewidth=1.2,
                    linestyle="-",
                    marker="",
                    zorder=3,
                )
                axes.plot(
                    [estimate.value],
                    [y],
                    zorder=4,
                    **marker_style(looks[distance], theme, size=4.5),
                )
        top += height
        label = frame.ratio_directions(MARGIN + left, top + 0.31, PLOT_WIDTH)
        if label > text_width(f"time / {chart.baseline}", 8):
            frame.axis_label(MARGIN + left, top + 0.31, f"time / {chart.baseline}", PLOT_WIDTH)
        top += PANEL_FOOT
    return frame.figure
