"""The history of each workload: one line per backend over the runs, change points marked."""

from __future__ import annotations

import math
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator

from dispatchbench_reports.history import METHOD, Trend, summary_line
from dispatchbench_reports.machines import machine_labels
from dispatchbench_reports.phrases import distinct, percent
from dispatchbench_reports.chart_frame import MARGIN, LegendEntry, ChartFrame, marker_style
from dispatchbench_reports.style import Look, Theme, looks, text_width


@dataclass(frozen=True)
class TrendPanel:
    title: str
    subtitle: str
    trends: tuple[Trend, ...]
    runs: tuple[tuple[str, str], ...]
    """(date, revision) of every run of the panel's machine and compiler, in order"""


@dataclass(frozen=True)
class TrendChart:
    title: str
    caption: str
    backends: tuple[str, ...]
    panels: tuple[TrendPanel, ...]


def trend_chart(found: list[Trend]) -> TrendChart:
    """One panel per workload, machine and compiler."""
    groups: dict[tuple[str, ...], list[Trend]] = {}
    for trend in found:
        groups.setdefault((*trend.last.series[:4], trend.last.workload), []).append(trend)
    places = {key[:4] for key in groups}
    labels = machine_labels({trend.last.fingerprint: trend.last.cpu_model for trend in found})
    panels = []
    for key, trends in groups.items():
        runs = sorted({entry.run for trend in trends for entry in trend.entries})
        changes = sorted(
            ((trend, change) for trend in trends for change in trend.changes),
            key=lambda pair: -abs(math.log(pair[1].ratio)),
        )
        subtitle = "no change point"
        if changes:
            trend, change = changes[0]
            revision = (
                trend.entries[change.index].git_revision[:8]
                or trend.entries[change.index].date[:10]
            )
            subtitle = f"{trend.last.backend} {percent(change.ratio)} at {revision}"
            if len(changes) > 1:
                subtitle += f", {len(changes) - 1} more"
        title = trends[0].last.workload
        if len(places) > 1:
            title += f", {trends[0].last.compiler}"
            if len({place[0] for place in places}) > 1:
                title += f", {labels[trends[0].last.fingerprint]}"
        panels.append(TrendPanel(title, subtitle, tuple(trends), tuple(runs)))
    machines = distinct(trend.last.cpu_model for trend in found)
    compilers = distinct(trend.last.compiler for trend in found)
    dates = sorted(entry.date[:10] for trend in found for entry in trend.entries)
    return TrendChart(
        title=summary_line(found),
        caption=f"{', '.join(machines)}; {', '.join(compilers)}; {dates[0]} to {dates[-1]}. {METHOD}",
        backends=tuple(dict.fromkeys(trend.last.backend for trend in found)),
        panels=tuple(panels),
    )


WIDTH, HEIGHT = 3.6, 1.7
RIGHT = 0.2
"""Room for the newest run's label, which is centred on its dot."""


def draw_trend_chart(chart: TrendChart, theme: Theme) -> Figure:
    """Draws inside themed(theme)."""
    palette = looks(chart.backends, theme)
    across = min(2, len(chart.panels))
    width = WIDTH if across == 2 else 6.0
    left, gap = 0.62, 0.62
    block = 0.42 + HEIGHT + 0.4
    lines = -(-len(chart.panels) // across)
    slower, faster = Look(theme.ink, "^"), Look(theme.ink, "v")
    legend = [LegendEntry(name, palette[name]) for name in chart.backends]
    if any(trend.changes for panel in chart.panels for trend in panel.trends):
        legend += [
            LegendEntry("slower from here", slower, True),
            LegendEntry("faster from here", faster, True),
        ]
    frame = ChartFrame(
        2 * MARGIN + left + across * width + (across - 1) * gap + RIGHT,
        lines * block,
        theme,
        chart.title,
        chart.caption,
        "ns per VM instruction by run, oldest first; the axes don’t start at 0",
        legend,
    )
    for number, panel in enumerate(chart.panels):
        line, place = divmod(number, across)
        x = MARGIN + left + place * (width + gap)
        y = line * block + 0.42
        axes = frame.axes(x, y, width, HEIGHT)
        axes.grid(True, axis="both")
        frame.panel_title(x, y - 0.27, panel.title, width)
        frame.panel_subtitle(x, y - 0.1, panel.subtitle, width)
        position = {run: index for index, run in enumerate(panel.runs)}
        for trend in panel.trends:
            look = palette[trend.last.backend]
            places = [position[entry.run] for entry in trend.entries]
            values = [entry.ns_per_vm_instruction for entry in trend.entries]
            axes.plot(
                places, values, color=look.colour, linewidth=1.1, linestyle="-", marker="", zorder=3
            )
            axes.plot(places, values, zorder=3.5, **marker_style(look, theme, False, 2.6))
            for change in trend.changes:
                mark = slower if change.ratio > 1 else faster
                axes.plot(
                    [places[change.index]],
                    [values[change.index]],
                    zorder=4,
                    **marker_style(mark, theme, True, 8),
                )
        axes.set_xlim(-0.5, max(len(panel.runs) - 0.5, 0.5))
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5))
        labels = [revision[:7] or date[:10] for date, revision in panel.runs]
        room = max(text_width(label, 7) for label in labels) + 0.12
        # As many revisions as fit, counted back from the newest.
        step = max(1, math.ceil(room / (width / max(len(panel.runs), 1))))
        shown = list(range(len(panel.runs) - 1, -1, -step))
        axes.xaxis.set_major_locator(FixedLocator(shown))
        axes.xaxis.set_major_formatter(FixedFormatter([labels[index] for index in shown]))
        axes.tick_params(axis="x", labelsize=7)
    return frame.figure
