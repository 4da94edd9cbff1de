"""Instructions per VM instruction against time: how far counts predict times."""

from __future__ import annotations

import itertools
import statistics
from dataclasses import dataclass
from typing import Mapping

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dispatchbench_reports import estimates
from dispatchbench_reports.annotations import backend_title, caption
from dispatchbench_reports.chart_frame import MARGIN, LegendEntry, ChartFrame, marker_style
from dispatchbench_reports.lens import Lens
from dispatchbench_reports.style import Look, Theme, looks

MOST_IN_A_PANEL = 8


@dataclass(frozen=True)
class CountsChart:
    title: str
    caption: str
    backends: tuple[str, ...]
    backend_titles: Mapping[str, str]
    panels: tuple[tuple[str, Mapping[tuple[str, str], tuple[float, float]]], ...]
    """(title, (instructions, ns) per VM instruction by (backend, workload))"""
    pairs: int
    """pairs of backends on one workload in one library whose times can be told apart and whose counts differ"""
    misranked: int
    """those in which the backend with fewer instructions takes longer"""


def counts_chart(lens: Lens) -> CountsChart:
    """The benchmarks that have both a count and a time."""
    study = lens.study
    times = estimates.times(study, lens.clock)
    panels = []
    pairs = misranked = 0
    for column in study.columns:
        dots: dict[tuple[str, str], tuple[float, float]] = {}
        for workload in study.workloads:
            here = []
            for backend in study.backends:
                series = study.find(column, workload, backend)
                if series is not None and series.counted is not None:
                    point = (series.counted, times[column.key, workload, backend].value)
                    dots[backend, workload] = point
                    here.append((backend, series.counted))
            for (one, fewer), (other, more) in itertools.combinations(
                sorted(here, key=lambda entry: entry[1]), 2
            ):
                ratio = estimates.ratio(lens.relative_to(other), column, workload, one)
                if fewer < more and ratio is not None and ratio.resolved_from(1):
                    pairs += 1
                    misranked += ratio.value > 1
        if dots:
            panels.append((study.column_title(column), dots))
    if pairs:
        title = (
            f"In {misranked} of {pairs} comparisons of two backends on one workload, the one with fewer instructions is slower"
            if misranked
            else f"In all {pairs} comparisons of two backends on one workload, the one with fewer instructions is faster"
        )
    else:
        title = "Instructions and times; no two backends’ times can be told apart"
    return CountsChart(
        title=title,
        caption=caption(
            lens,
            "Each dot is a workload",
            "Compared are backends of one library whose times differ beyond doubt (95 % interval of their ratio)",
            "Instructions are counted, times are measured (median of the process medians); "
            "counts gate changes of one backend, they don’t rank techniques",
        ),
        backends=tuple(
            backend
            for backend in study.backends
            if any((backend, w) in dots for _, dots in panels for w in study.workloads)
        ),
        backend_titles={backend: backend_title(study, backend) for backend in study.backends},
        panels=tuple(panels),
        pairs=pairs,
        misranked=misranked,
    )


def _middle(
    dots: Mapping[tuple[str, str], tuple[float, float]], backend: str
) -> tuple[float, float] | None:
    """The medians over workloads of one backend."""
    own = [point for (name, _), point in dots.items() if name == backend]
    if not own:
        return None
    return statistics.median(x for x, _ in own), statistics.median(y for _, y in own)


def draw_counts_chart(chart: CountsChart, theme: Theme) -> Figure:
    """Draws inside themed(theme): one panel per library, or with many backends one per backend with the others behind it."""
    faceted = len(chart.backends) > MOST_IN_A_PANEL
    titles = [title for title, _ in chart.panels]
    names = titles if faceted else list(chart.backends)
    palette = looks(names, theme)
    cells = list(chart.backends) if faceted else titles
    across = min(5 if faceted else 2, len(cells))
    size = 1.7 if faceted else (4.6 if across == 1 else 3.2)
    height = size * 0.8
    left, gap = 0.62, 0.25 if faceted else 0.35
    block = 0.24 + height + 0.52
    lines = -(-len(cells) // across)
    frame = ChartFrame(
        max(2 * MARGIN + left + across * size + (across - 1) * gap, 5.5),
        lines * block,
        theme,
        chart.title,
        chart.caption,
        "Grey: the medians of the other backends" if faceted else "",
        [
            LegendEntry(title if faceted else chart.backend_titles[title], palette[title])
            for title in names
        ]
        if len(names) > 1
        else (),
    )
    points = [point for _, dots in chart.panels for point in dots.values()]
    right, top = max(x for x, _ in points) * 1.06, max(y for _, y in points) * 1.08
    for number, cell in enumerate(cells):
        line, place = divmod(number, across)
        x = MARGIN + left + place * (size + gap)
        y = line * block + 0.24
        axes = frame.axes(x, y, size, height)
        axes.grid(True, axis="both")
        axes.set_xlim(0, right)
        axes.set_ylim(0, top)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=4 if faceted else 6))
        axes.yaxis.set_major_locator(MaxNLocator(nbins=4 if faceted else 6))
        if place:
            axes.set_yticklabels([])
        frame.panel_title(x, y - 0.1, cell, size)
        for title, dots in chart.panels:
            if faceted:
                behind = [
                    point
                    for name in chart.backends
                    if name != cell and (point := _middle(dots, name)) is not None
                ]
                grey = {
                    **marker_style(Look(theme.muted, "o"), theme, False, 2.2),
                    "markeredgewidth": 0,
                }
                axes.plot([a for a, _ in behind], [b for _, b in behind], zorder=2, **grey)
                shown = [(cell, palette[title])]
            elif title == cell:
                shown = [(name, palette[name]) for name in chart.backends]
            else:
                continue
            for backend, look in shown:
                own = [point for (name, _), point in dots.items() if name == backend]
                axes.plot(
                    [a for a, _ in own],
                    [b for _, b in own],
                    zorder=3,
                    **marker_style(look, theme, False, 4.2),
                )
        label = "instructions per VM instruction" if not faceted else "instructions"
        frame.axis_label(x, y + height + 0.33, label, size)
        if place == 0:
            frame.text(
                MARGIN + 0.08,
                y + height / 2,
                "ns per VM instruction" if height > 1.5 else "ns",
                size=8,
                ha="center",
                va="center",
                rotation=90,
            )
    return frame.figure
