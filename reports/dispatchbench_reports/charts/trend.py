"""The history of each workload: one line per backend over the runs, change points marked."""

from __future__ import annotations

import math
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator

from dispatchbench_reports.chart_frame import MARGIN, LegendEntry, ChartFrame, marker_style
from dispatchbench_reports.histories.entry import Entry
from dispatchbench_reports.histories.lineage import in_order
from dispatchbench_reports.histories.sentences import METHOD, history_notes, summary_line
from dispatchbench_reports.histories.trends import Change, Trend
from dispatchbench_reports.machines import machine_labels
from dispatchbench_reports.phrases import counted, distinct, listed_briefly, percent
from dispatchbench_reports.revisions import is_dirty
from dispatchbench_reports.style import Look, Theme, looks, text_width

MOST_NAMED = 4
USUAL = 4.0
"""standard deviations around a level; runs farther away are odd"""
SQUASHED = 2.5
"""The axis is cut if odd runs would make it this many times longer."""
ROOM = 0.1
"""of the axis, beyond the highest and the lowest usual time"""
SHORT_REVISION = 7


@dataclass(frozen=True)
class TrendPanel:
    title: str
    subtitle: str
    trends: tuple[Trend, ...]
    runs: tuple[Entry, ...]
    """one entry of every run of the panel, in order"""

    @property
    def limits(self) -> tuple[float, float] | None:
        """Between which times the axis lies if odd runs would squash everything else; None if all runs fit."""
        usual = [time for trend in self.trends for time in _usual_times(trend)]
        everything = [time for trend in self.trends for time in trend.times]
        low, high = min(usual), max(usual)
        if max(everything) - min(everything) <= SQUASHED * (high - low):
            return None
        room = ROOM * (high - low) or ROOM * high
        return low - room, high + room

    @property
    def off_axis(self) -> list[tuple[Trend, int]]:
        """The runs that don't fit, each as a series and its index there."""
        if self.limits is None:
            return []
        low, high = self.limits
        return [
            (trend, index)
            for trend in self.trends
            for index, time in enumerate(trend.times)
            if not low <= time <= high
        ]


def _usual_times(trend: Trend) -> list[float]:
    """The times that follow their level, and the levels."""
    found = list(trend.levels)
    for begin, end, level in zip(trend.bounds, trend.bounds[1:], trend.levels):
        for time in trend.times[begin:end]:
            if abs(math.log(time / level)) <= USUAL * trend.deviation:
                found.append(time)
    return found


@dataclass(frozen=True)
class TrendChart:
    title: str
    caption: str
    backends: tuple[str, ...]
    panels: tuple[TrendPanel, ...]


def trend_chart(found: list[Trend]) -> TrendChart:
    """One panel per workload, machine, branch, library, compiler and set of flags."""
    groups: dict[tuple[str, ...], list[Trend]] = {}
    for trend in found:
        groups.setdefault(trend.last.series[:-1], []).append(trend)
    titles = _titles([trends[0].last for trends in groups.values()])
    panels = [
        TrendPanel(title, _subtitle(trends), tuple(trends), _runs(trends))
        for title, trends in zip(titles, groups.values())
    ]
    machines = distinct(trend.last.cpu_model for trend in found)
    compilers = distinct(trend.last.compiler for trend in found)
    entries = [entry for trend in found for entry in trend.entries]
    first = min(entries, key=lambda entry: entry.instant).date[:10]
    last = max(entries, key=lambda entry: entry.instant).date[:10]
    when = f"{first} to {last}" if first != last else first
    return TrendChart(
        title=summary_line(found),
        caption=" ".join(
            [
                f"{listed_briefly(machines, MOST_NAMED)}; {listed_briefly(compilers, MOST_NAMED)}; {when}.",
                *_off_axis_note(panels),
                *history_notes(found),
                METHOD,
            ]
        ),
        backends=tuple(dict.fromkeys(trend.last.backend for trend in found)),
        panels=tuple(panels),
    )


def _off_axis_note(panels: list[TrendPanel]) -> list[str]:
    """Says which runs lie beyond the axes."""
    times = [trend.times[index] for panel in panels for trend, index in panel.off_axis]
    if not times:
        return []
    low, high = min(times), max(times)
    values = f"{low:.3g} ns" if low == high else f"{low:.3g} to {high:.3g} ns"
    lie = "lies" if len(times) == 1 else "lie"
    return [
        f"{counted(len(times), 'odd run')} ({values}) {lie} beyond the axis: a star marks the edge."
    ]


def _titles(lasts: list[Entry]) -> list[str]:
    """Each panel's workload, and whatever else tells it from another panel."""
    labels = machine_labels({entry.fingerprint: entry.cpu_model for entry in lasts})

    def parts(entry: Entry) -> list[str]:
        return [
            entry.workload,
            entry.branch or "unknown branch",
            entry.library,
            entry.compiler,
            entry.flags,
            labels[entry.fingerprint],
        ]

    differ = [len(set(values)) > 1 for values in zip(*(parts(entry) for entry in lasts))]
    # Where the compiler says it all, the library's label would say it again.
    if differ[3] and len({entry.library for entry in lasts}) <= len(
        {entry.compiler for entry in lasts}
    ):
        differ[2] = False
    return [
        ", ".join(
            part
            for index, (part, different) in enumerate(zip(parts(entry), differ))
            if index == 0 or different and part
        )
        for entry in lasts
    ]


def _subtitle(trends: list[Trend]) -> str:
    """The largest change of a panel, or why there is none."""
    changes = sorted(
        ((trend, change) for trend in trends for change in trend.changes),
        key=lambda pair: -abs(math.log(pair[1].ratio)),
    )
    ended = sum(bool(trend.ended) for trend in trends)
    end = (
        ""
        if not ended
        else "; ended"
        if ended == len(trends)
        else f"; {listed_briefly([trend.last.backend for trend in trends if trend.ended], MOST_NAMED)} ended"
    )
    if not changes:
        short = all(trend.too_short for trend in trends)
        return ("too short to find a change" if short else "no change") + end
    trend, change = changes[0]
    _, bad = trend.neighbours(change.index)
    text = f"{trend.last.backend} {percent(change.ratio)} at {_run_label(bad)}"
    return text + (f", {len(changes) - 1} more" if len(changes) > 1 else "") + end


def _runs(trends: list[Trend]) -> tuple[Entry, ...]:
    """One entry of every run of these series."""
    runs = {entry.run: entry for trend in trends for entry in trend.entries}
    return tuple(in_order(runs.values()))


def _run_label(entry: Entry) -> str:
    """A run's revision, or its day if that is unknown."""
    if not entry.git_revision:
        return entry.date[:10]
    return entry.git_revision[:SHORT_REVISION] + ("-dirty" if is_dirty(entry.git_revision) else "")


def _first_run(trend: Trend, change: Change) -> Entry:
    """The run at which a change is marked."""
    return trend.neighbours(change.index)[1]


WIDTH, HEIGHT = 3.6, 1.7
BEYOND = "*"
CLOSEST_DOTS = 0.05
"""inches between runs"""
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
    ratios = [
        change.ratio for panel in chart.panels for trend in panel.trends for change in trend.changes
    ]
    if any(ratio > 1 for ratio in ratios):
        legend.append(LegendEntry("slower from here", slower, True))
    if any(ratio <= 1 for ratio in ratios):
        legend.append(LegendEntry("faster from here", faster, True))
    if any(panel.off_axis for panel in chart.panels):
        legend.append(LegendEntry("beyond the axis", Look(theme.ink, BEYOND)))
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
        position = {entry.run: index for index, entry in enumerate(panel.runs)}
        # Where dots would touch, the line alone says more.
        dots = width / max(len(panel.runs), 1) > CLOSEST_DOTS
        for trend in panel.trends:
            look = palette[trend.last.backend]
            places = [position[entry.run] for entry in trend.entries]
            values = trend.times
            axes.plot(
                places,
                values,
                color=look.colour,
                linewidth=1.1 if dots else 0.7,
                linestyle="-",
                marker="",
                zorder=3,
            )
            if dots or len(values) == 1:
                axes.plot(places, values, zorder=3.5, **marker_style(look, theme, False, 2.6))
            for change in trend.changes:
                mark = slower if change.ratio > 1 else faster
                first = trend.entries.index(_first_run(trend, change))
                axes.plot(
                    [places[first]],
                    [values[first]],
                    zorder=4,
                    **marker_style(mark, theme, True, 8),
                )
        if panel.limits is not None:
            low, high = panel.limits
            axes.set_ylim(low, high)
            for trend, index in panel.off_axis:
                axes.plot(
                    [position[trend.entries[index].run]],
                    [high if trend.times[index] > high else low],
                    zorder=4,
                    clip_on=False,
                    **marker_style(
                        Look(palette[trend.last.backend].colour, BEYOND), theme, False, 7
                    ),
                )
        axes.set_xlim(-0.5, max(len(panel.runs) - 0.5, 0.5))
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
        labels = [_run_label(entry) for entry in panel.runs]
        room = max(text_width(label, 7) for label in labels) + 0.12
        # As many revisions as fit, counted back from the newest.
        step = max(1, math.ceil(room / (width / max(len(panel.runs), 1))))
        shown = list(range(len(panel.runs) - 1, -1, -step))
        axes.xaxis.set_major_locator(FixedLocator(shown))
        axes.xaxis.set_major_formatter(FixedFormatter([labels[index] for index in shown]))
        axes.tick_params(axis="x", labelsize=7)
    return frame.figure
