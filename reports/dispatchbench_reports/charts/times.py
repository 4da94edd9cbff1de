"""Time per VM instruction: small multiples by workload, every raw sample as a tick, so that two modes show as two."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dispatchbench_reports import estimates
from dispatchbench_reports.annotations import backend_title, caption
from dispatchbench_reports.chart_frame import MARGIN, LegendEntry, ChartFrame, marker_style
from dispatchbench_reports.compilers import in_order
from dispatchbench_reports.estimates import Estimate
from dispatchbench_reports.leading import leaders
from dispatchbench_reports.lens import Competitor, Lens
from dispatchbench_reports.phrases import capitalised, counted, distinct, listed
from dispatchbench_reports.row_names import pair_name
from dispatchbench_reports.style import Look, Theme, looks, text_width
from dispatchbench_reports.wording import time_text

APART = 0.03
"""Two groups of process medians this far apart (as a share), with nothing between them, count as two modes."""


MOST_COLOURED = 8
"""With more libraries each gets a row of its own name, and colours stand for backends."""


@dataclass(frozen=True)
class Strip:
    samples: Mapping[int, tuple[float, ...]]
    """by process"""
    estimate: Estimate


@dataclass(frozen=True)
class TimesChart:
    title: str
    note: str
    caption: str
    unit: str
    workloads: tuple[str, ...]
    backends: tuple[str, ...]
    backend_titles: Mapping[str, str]
    columns: tuple[str, ...]
    column_titles: Mapping[str, str]
    strips: Mapping[tuple[str, str, str], Strip]
    """by (workload, backend, column key)"""
    two_modes: tuple[tuple[str, str, str], ...]

    @property
    def by_library(self) -> bool:
        """Whether each library has a row, because there are more than colours."""
        return len(self.columns) > MOST_COLOURED


def has_two_modes(medians: list[float]) -> bool:
    """Whether process medians fall into two groups of two or more, with a gap between them that is wider than either."""
    ordered = sorted(math.log(value) for value in medians)
    for split in range(2, len(ordered) - 1):
        gap = ordered[split] - ordered[split - 1]
        widest = max(ordered[split - 1] - ordered[0], ordered[-1] - ordered[split])
        if gap > math.log1p(APART) and gap > 2 * widest:
            return True
    return False


def _winner(lens: Lens) -> str:
    """Which backend is fastest on most workloads, counting those where nothing else can't be told from it."""
    study = lens.study
    total = counted(len(study.workloads), "workload")
    what = "Times" if len(study.columns) > MOST_COLOURED else "Every sample"
    if len(study.sources) > 1:
        return f"{what} of {total} in {len(study.sources)} runs"
    wins: Counter[str] = Counter()
    unresolved = 0
    for workload in study.workloads:
        alone = lens.of(replace(study, workloads=(workload,)))
        found = leaders(
            alone,
            [
                Competitor(column, backend)
                for column in study.columns
                for backend in study.backends
                if study.find(column, workload, backend) is not None
            ],
        )
        if found is not None and len({each.backend for each in found.all}) == 1 and found.resolved:
            wins[found.first.backend] += 1
        else:
            unresolved += 1
    if not wins:
        few = not estimates.has_intervals(study)
        why = (
            "one process resolves nothing" if few else "on none is one backend fastest beyond doubt"
        )
        return f"{what} of {total}; {why}"
    ((name, number),) = wins.most_common(1)
    rest = f"; {unresolved} unresolved" if unresolved else ""
    return f"{name} is fastest on {number} of {total}{rest}"


def times_chart(lens: Lens) -> TimesChart:
    """The numbers of the chart."""
    study, clock = lens.study, lens.clock
    found = estimates.times(study, clock)
    strips = {}
    two_modes = []
    for workload in study.workloads:
        for backend in study.backends:
            for column in study.columns:
                series = study.find(column, workload, backend)
                if series is None:
                    continue
                key = (workload, backend, column.key)
                strips[key] = Strip(series.by_clock(clock), found[column.key, workload, backend])
                medians = estimates.process_medians(study, clock, column, workload, backend)
                if has_two_modes(list(medians.values())):
                    two_modes.append(key)
    title = _winner(lens)
    if two_modes:
        names = distinct(pair_name(workload, backend) for workload, backend, _ in two_modes)
        title += "; processes fall into two modes in " + (
            listed(names) if len(names) <= 2 else f"{names[0]} and {len(names) - 1} more"
        )
    return TimesChart(
        title=title,
        note=(
            f"{study.unit}; mark: median of the process medians, line: from the fastest to the slowest process; "
            "the axes differ and don’t start at 0"
            if len(study.columns) > MOST_COLOURED
            else f"{study.unit}, one tick per sample, one line of ticks per process, ring: median; "
            "the axes differ and don’t start at 0"
        ),
        caption=caption(
            lens, f"{capitalised(lens.clock_text)}; mark: median of the process medians"
        ),
        unit=study.unit,
        workloads=study.workloads,
        backends=study.backends,
        backend_titles={backend: backend_title(study, backend) for backend in study.backends},
        columns=tuple(column.key for column in in_order(study.columns)),
        column_titles={column.key: study.column_title(column) for column in study.columns},
        strips=strips,
        two_modes=tuple(two_modes),
    )


LINE_STEP = 1.5 / 72
MOST_TALL_ROWS = 8
PANEL_WIDTHS = {1: 5.0, 2: 3.2, 3: 2.3}
"""in inches, by the number of panels side by side"""
PANEL_GAP = 0.22


def draw_times_chart(chart: TimesChart, theme: Theme) -> Figure:
    """Draws inside themed(theme)."""
    several = len(chart.columns) > 1
    palette = looks(chart.columns if several else chart.backends, theme)
    processes = max((len(strip.samples) for strip in chart.strips.values()), default=1)
    # With many backends thinner strips keep the chart short enough to scroll.
    strip_height = (
        max(6.5 / 72, min(processes, 8) * LINE_STEP + 2 / 72)
        if len(chart.backends) <= MOST_TALL_ROWS
        else 5 / 72
    )
    row_height = max(12 / 72, len(chart.columns) * strip_height + 3 / 72)
    body = len(chart.backends) * row_height
    across = min(3, len(chart.workloads))
    panel_width = PANEL_WIDTHS[across]
    left = min(max(text_width(title, 8) for title in chart.backend_titles.values()), 2.8) + 0.14
    block = 0.22 + body + 0.36
    lines = -(-len(chart.workloads) // across)
    width = max(2 * MARGIN + left + across * panel_width + (across - 1) * PANEL_GAP, 5.5)
    frame = ChartFrame(
        width,
        lines * block,
        theme,
        chart.title,
        chart.caption,
        chart.note,
        [LegendEntry(chart.column_titles[key], palette[key], hollow=True) for key in chart.columns]
        if several
        else (),
    )
    for number, workload in enumerate(chart.workloads):
        line, place = divmod(number, across)
        x = MARGIN + left + place * (panel_width + PANEL_GAP)
        y = line * block + 0.22
        axes = frame.axes(x, y, panel_width, body)
        axes.set_ylim(body, 0)
        axes.set_yticks([])
        frame.panel_title(x, y - 0.09, workload, panel_width)
        frame.bands(axes, len(chart.backends), row_height)
        low, high = math.inf, -math.inf
        # One path of ticks and one of rings per look: one element per strip would double the file.
        ticks: dict[Look, tuple[list[float], list[float]]] = {}
        rings: dict[Look, tuple[list[float], list[float]]] = {}
        for row, backend in enumerate(chart.backends):
            if place == 0:
                frame.row_label(
                    x - 0.08,
                    y + (row + 0.5) * row_height,
                    chart.backend_titles[backend],
                    left - 0.1,
                    8,
                )
            for index, key in enumerate(chart.columns):
                strip = chart.strips.get((workload, backend, key))
                if strip is None:
                    continue
                look = palette[key if several else backend]
                middle = (row + 0.5) * row_height + (
                    index - (len(chart.columns) - 1) / 2
                ) * strip_height
                step = (strip_height - 1.5 / 72) / len(strip.samples)
                ticks_x, ticks_y = ticks.setdefault(look, ([], []))
                for process, samples in enumerate(strip.samples.values()):
                    top = middle - (strip_height - 1.5 / 72) / 2 + process * step
                    for sample in sorted(samples):
                        ticks_x += [sample, sample, math.nan]
                        ticks_y += [top, top + step * 0.85, math.nan]
                        low, high = min(low, sample), max(high, sample)
                rings_x, rings_y = rings.setdefault(look, ([], []))
                rings_x.append(strip.estimate.value)
                rings_y.append(middle)
        for look, (places, heights) in ticks.items():
            axes.plot(
                places,
                heights,
                color=look.colour,
                linewidth=0.6,
                linestyle="-",
                marker="",
                zorder=3,
            )
        for look, (places, heights) in rings.items():
            axes.plot(places, heights, zorder=2.5, **marker_style(look, theme, True, 4.4))
        set_free_axis(axes, low, high)
    return frame.figure


def set_free_axis(axes: Axes, low: float, high: float) -> None:
    """A linear axis around the times of one workload, which need not contain 0."""
    if low < high:
        axes.set_xlim(low - (high - low) * 0.04, high + (high - low) * 0.04)
    elif low == high:
        axes.set_xlim(low * 0.95, high * 1.05)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(
        lambda value, _: f"{value:.6g}" if value < 1e5 else time_text(value)
    )
    axes.tick_params(axis="x", labelsize=7.5)
