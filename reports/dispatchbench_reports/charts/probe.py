"""The probe over the run: a lane per library, a mark per reading, disturbed processes shaded and the limit as a line."""

from __future__ import annotations

import math
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dispatchbench_reports.annotations import caption
from dispatchbench_reports.chart_frame import MARGIN, ChartFrame
from dispatchbench_reports.lens import Lens
from dispatchbench_reports.phrases import counted, listed_briefly
from dispatchbench_reports.probe import Probe, ProbedProcess, State
from dispatchbench_reports.probe_notes import probe_finding
from dispatchbench_reports.study import Source
from dispatchbench_reports.style import Theme, text_width


MOST_NAMED = 6


@dataclass(frozen=True)
class Lane:
    """The processes of one library and its layout variants, in the order in which they ran."""

    title: str
    processes: tuple[ProbedProcess, ...]

    @property
    def subtitle(self) -> str:
        disturbed = [process for process in self.processes if process.disturbed]
        total = counted(len(self.processes), "process")
        left_out = sum(process.left_out for process in self.processes)
        counting = sum(process.samples for process in self.processes if process.counts)
        samples = f"{left_out} of {counting} samples left out"
        if disturbed:
            others = f", of the others {samples}" if left_out else ""
            return f"{len(disturbed)} of {total} disturbed{others}"
        return f"{total}, {samples}" if left_out else f"{total}, all quiet"


@dataclass(frozen=True)
class ProbeChart:
    title: str
    caption: str
    limit: float | None
    highest: float
    seconds: float
    lanes: tuple[Lane, ...]


def _lanes(source: Source, probe: Probe, several: bool) -> list[Lane]:
    """Layout variants, which run in turn with their library, share its lane."""
    original = {
        library["label"]: library.get("layout_of") or library["label"]
        for library in source.dispatchbench["libraries"]
    }
    by_library: dict[str, list[ProbedProcess]] = {}
    for process in sorted(probe.processes, key=lambda process: process.start):
        label = original.get(process.library, process.library)
        by_library.setdefault(label, []).append(process)
    return [
        Lane(f"{label} ({source.path})" if several else label, tuple(processes))
        for label, processes in by_library.items()
    ]


def probe_chart(lens: Lens) -> ProbeChart | None:
    """None if no run has readings: before schema 3, and from hosts without a probe."""
    probed = [
        (source, source.probe)
        for source in lens.study.sources
        if source.probe is not None
        and source.probe.state is not State.ABSENT
        and any(process.readings for process in source.probe.processes)
    ]
    if not probed:
        return None
    several = len(probed) > 1
    lanes = [lane for source, probe in probed for lane in _lanes(source, probe, several)]
    processes = [process for lane in lanes for process in lane.processes]
    limits = [probe.limit for _, probe in probed if probe.limit is not None]
    findings = [
        f"{source.path}: {probe_finding(probe)}" if several else probe_finding(probe)
        for source, probe in probed
    ]
    return ProbeChart(
        title="; ".join(findings),
        caption=caption(
            lens,
            "Each mark is a reading of the probe, a fixed piece of code that slows down when something else uses the "
            "processor core (of many readings, the highest of each few); 1 is its quiet level in this run; orange: "
            "disturbed; shaded: processes that don’t count, with their numbers. Of other processes, the samples beside "
            "a disturbed reading don’t count",
            "The probe alone decides, whatever the benchmarks took",
            "In words: " + "; ".join(_in_words(lane) for lane in lanes),
        ),
        limit=min(limits, default=None),
        highest=max(level for process in processes for _, level in process.readings),
        seconds=max(process.start + process.seconds for process in processes),
        lanes=tuple(lanes),
    )


def _in_words(lane: Lane) -> str:
    """What a lane shows, for readers who don't see it."""
    phases = [
        f"process {process.process}"
        + (f", attempt {process.attempt + 1}," if process.attempt else "")
        + f" from {process.start:.0f} to {process.start + process.seconds:.0f} s"
        + (f" at {process.level:.2f}" if process.level is not None else "")
        for process in lane.processes
        if process.disturbed
    ]
    return f"{lane.title}: {lane.subtitle}" + (
        f" ({listed_briefly(phases, MOST_NAMED)})" if phases else ""
    )


WIDTH = 7.2
LANE = 0.95
LABEL_SIZE = 7.0


def draw_probe_chart(chart: ProbeChart, theme: Theme) -> Figure:
    """Draws inside themed(theme)."""
    left, above, below = 0.46, 0.3, 0.32
    block = above + LANE
    body = len(chart.lanes) * (block + 0.12) + below
    frame = ChartFrame(2 * MARGIN + left + WIDTH, body, theme, chart.title, chart.caption)
    top = max(chart.highest, chart.limit or 1.0)
    high = 1 + (top - 1) * 1.25 + 0.05
    low = 1 - (high - 1) * 0.12
    x = MARGIN + left
    for number, lane in enumerate(chart.lanes):
        y = number * (block + 0.12) + above
        axes = frame.axes(x, y, WIDTH, LANE)
        axes.set_xlim(0, chart.seconds)
        axes.set_ylim(low, high)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=4))
        axes.grid(True, axis="y")
        if number < len(chart.lanes) - 1:
            axes.set_xticklabels([])
        title_width = text_width(lane.title, 9, bold=True)
        frame.panel_title(x, y - 0.12, lane.title, WIDTH / 2)
        room = WIDTH - min(title_width, WIDTH / 2) - 0.15
        frame.panel_subtitle(x + WIDTH - room, y - 0.12, lane.subtitle, room)
        _draw_lane(axes, lane, chart, theme, high)
    y = len(chart.lanes) * (block + 0.12) - 0.12
    frame.axis_label(x, y + 0.34, "seconds since the run’s start", WIDTH)
    frame.text(MARGIN, above - 0.12, "level", size=LABEL_SIZE, color=theme.muted, va="center")
    return frame.figure


def _draw_lane(axes: Axes, lane: Lane, chart: ProbeChart, theme: Theme, high: float) -> None:
    colour = theme.colours[1]
    labelled_to = -1.0
    for process in lane.processes:
        end = process.start + process.seconds
        if process.disturbed:
            axes.axvspan(process.start, end, color=colour, alpha=0.2, linewidth=0, zorder=1)
            label = str(process.process)
            width = text_width(label, LABEL_SIZE) / WIDTH * chart.seconds
            middle = (process.start + end) / 2
            # A number that would touch its neighbour is left out.
            if middle - width / 2 > labelled_to:
                axes.text(
                    middle,
                    high,
                    label,
                    size=LABEL_SIZE,
                    ha="center",
                    va="top",
                    color=theme.ink,
                    zorder=5,
                )
                labelled_to = middle + width / 2 + width / max(len(label), 1) / 2
    axes.axhline(1, color=theme.reference, linewidth=0.8, zorder=2)
    if chart.limit is not None:
        axes.axhline(chart.limit, color=colour, linewidth=0.9, linestyle=(0, (4, 2)), zorder=2)
        axes.text(
            0,
            chart.limit,
            f" limit {chart.limit:g}",
            size=LABEL_SIZE,
            va="bottom",
            color=theme.muted,
            zorder=5,
        )
    limit = math.inf if chart.limit is None else chart.limit
    for disturbed, look in ((False, theme.colours[0]), (True, colour)):
        readings = [
            (seconds, level)
            for process in lane.processes
            for seconds, level in process.readings
            if (level > limit) == disturbed
        ]
        axes.plot(
            [seconds for seconds, _ in readings],
            [level for _, level in readings],
            color=look,
            marker=".",
            markersize=2.2,
            markeredgewidth=0,
            linestyle="none",
            zorder=3,
        )
