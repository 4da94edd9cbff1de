"""The history of V8: its versions from left to right, a line for each variant, a panel for each mode."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedFormatter, FixedLocator, NullFormatter, NullLocator

from dispatchbench_reports.axis_ticks import limits_beside_one, ratio_ticks, values_of
from dispatchbench_reports.chart_frame import MARGIN, ChartFrame, marker_style, outlined
from dispatchbench_reports.charts.engines import chart_caption
from dispatchbench_reports.charts.native_lines import line_style, native_lines
from dispatchbench_reports.engine_times import (
    ALONE,
    NO_NATIVE,
    SWITCH,
    EngineRow,
    EngineTimes,
    Variants,
    engine_times,
)
from dispatchbench_reports.estimates import Estimate, mean_ratio
from dispatchbench_reports.lens import Competitor, Lens
from dispatchbench_reports.phrases import capitalised, distinct
from dispatchbench_reports.style import Look, Theme, looks, shortened, text_width
from dispatchbench_reports.wording import ratio_with_interval

WIDTH, HEIGHT = 5.6, 2.9
LEFT = 0.4
TITLE_ROOM = 0.24
TICK_ROOM = 0.5
MARK = 4.6
NAME_SIZE = 7.5
MOST_NAME = 1.9
NAME_GAP = 0.135
"""Between the middles of two names at the right."""
LEADER = 0.28
"""From the last version to the names."""
DODGE = 0.05
"""inches between the marks of two variants at one version, so that intervals don't hide each other"""
MOST_DODGE = 0.6
"""of the room between two versions, for all of them together"""


@dataclass(frozen=True)
class HistoryPanel:
    """One mode in one run: each variant's time by version, None where it has none."""

    title: str
    alone: bool
    versions: tuple[tuple[str, str], ...]
    """the version and its engine's label, from the oldest"""
    lines: Mapping[str, tuple[Estimate | None, ...]]
    native: Variants


@dataclass(frozen=True)
class V8History:
    title: str
    note: str
    caption: str
    panels: tuple[HistoryPanel, ...]
    looks_of: tuple[str, ...]

    @property
    def limits(self) -> tuple[float, float]:
        """Of the axis that all panels share."""
        times = [time for panel in self.panels for line in panel.lines.values() for time in line]
        return limits_beside_one(
            [
                *values_of(time for time in times if time is not None),
                *(value for panel in self.panels for value in native_lines(panel.native).values()),
            ]
        )


def v8_history(lens: Lens) -> V8History | str:
    """The chart's content, or what the results lack for it."""
    found = engine_times(lens)
    if isinstance(found, str):
        return found
    if not any(row.native for row in found.of_v8) and found.of_v8:
        return NO_NATIVE
    panels = [
        _panel(found, rows, kind)
        for source in distinct(row.modes[0].column.source for row in found.of_v8)
        for kind in found.kinds
        if len(rows := _rows(found, source, kind)) > 1
    ]
    if not panels:
        return "the run has fewer than two versions of V8: ci/setup --wasm installs several for tools/wasm"
    return V8History(
        title=_title(found),
        note=f"Time relative to native {SWITCH} of the same run by version of V8, log scale; lower is faster",
        caption=chart_caption(
            found, "Marks of one version stand side by side so that all intervals can be seen"
        ),
        panels=tuple(panels),
        looks_of=lens.study.backends,
    )


def _rows(found: EngineTimes, source: str, kind: str) -> list[EngineRow]:
    """A run's engines that have this mode, if they have two versions or more."""
    rows = [
        row
        for row in found.of_v8
        if (mode := row.mode(kind)) is not None and mode.column.source == source and row.native
    ]
    return rows if len({row.engine.release for row in rows}) > 1 else []


def _panel(found: EngineTimes, rows: Sequence[EngineRow], kind: str) -> HistoryPanel:
    modes = [mode for row in rows if (mode := row.mode(kind)) is not None]
    native = next(row.native for row in rows if row.native is not None)
    study = found.lens.study
    where = ""
    if len(study.sources) > 1:
        machine = study.machine_label(modes[0].column.machine)
        where = f", {machine if len(study.machines) > 1 else modes[0].column.source}"
    lines = {name: tuple(mode.times.get(name) for mode in modes) for name in found.variants}
    return HistoryPanel(
        title=f"{capitalised(kind)}{where}",
        alone=kind == ALONE,
        versions=tuple((row.engine.short_version, row.title.partition(", ")[0]) for row in rows),
        lines={name: line for name, line in lines.items() if any(line)},
        native=native,
    )


def _title(found: EngineTimes) -> str:
    """The largest resolved change of a variant from the oldest version that has it to the newest."""
    changes: list[tuple[str, Variants, Variants, Estimate]] = []
    for source in distinct(row.modes[0].column.source for row in found.of_v8):
        for kind in found.kinds:
            modes = [
                mode for row in _rows(found, source, kind) if (mode := row.mode(kind)) is not None
            ]
            for name in found.variants:
                have = [mode for mode in modes if name in mode.times]
                ends = [Competitor(mode.column, name) for mode in (have[-1:] + have[:1])]
                if len(have) > 1 and (change := mean_ratio(found.lens, *ends)) is not None:
                    changes.append((name, have[0], have[-1], change))
    resolved = [each for each in changes if each[3].resolved_from(1)]
    if not resolved:
        return "Whether any variant became faster or slower from one version of V8 to another is not resolved"
    name, first, last, change = max(resolved, key=lambda each: abs(math.log(each[3].value)))
    return (
        f"From V8 {first.engine.short_version} to {last.engine.short_version}, {name} went to {ratio_with_interval(change)} of "
        f"its time ({last.mode}): the largest change"
    )


def draw_v8_history(chart: V8History, theme: Theme) -> Figure:
    """Draws inside themed(theme)."""
    palette = looks(chart.looks_of, theme)
    names = {name for panel in chart.panels for name in (*panel.lines, *native_lines(panel.native))}
    beside = LEADER + 0.14 + min(max(text_width(name, NAME_SIZE) for name in names), MOST_NAME)
    heights = [max(HEIGHT, NAME_GAP * (len(panel.lines) + 2)) for panel in chart.panels]
    frame = ChartFrame(
        MARGIN + LEFT + WIDTH + beside + MARGIN,
        sum(heights) + len(heights) * (TITLE_ROOM + TICK_ROOM),
        theme,
        chart.title,
        chart.caption,
        chart.note,
    )
    top = 0.0
    for panel, height in zip(chart.panels, heights):
        frame.panel_title(MARGIN, top + 0.1, panel.title, LEFT + WIDTH + beside)
        _draw_panel(frame, chart, panel, palette, top + TITLE_ROOM, height)
        top += TITLE_ROOM + height + TICK_ROOM
    return frame.figure


def _draw_panel(
    frame: ChartFrame,
    chart: V8History,
    panel: HistoryPanel,
    palette: Mapping[str, Look],
    top: float,
    height: float,
) -> None:
    """The axes at `top`, and the names of the lines beside them."""
    theme = frame.theme
    left = MARGIN + LEFT
    axes = frame.axes(left, top, WIDTH, height)
    _set_axes(axes, chart, panel, height)
    references = native_lines(panel.native)
    for value in references.values():
        axes.axhline(value, zorder=1.5, **line_style(theme, value))
    room = WIDTH / len(panel.versions)
    count = len(panel.lines)
    step = min(DODGE, MOST_DODGE * room / max(count - 1, 1)) / room
    ends = dict(references)
    for place, (name, line) in enumerate(panel.lines.items()):
        shift = (place - (count - 1) / 2) * step
        places = [number + shift for number in range(len(line))]
        _draw_line(axes, places, line, palette[name], theme, panel.alone)
        ends[name] = next(time.value for time in reversed(line) if time is not None)
    _draw_names(frame, chart, panel, palette, ends, top, height)


def _set_axes(axes: Axes, chart: V8History, panel: HistoryPanel, height: float) -> None:
    low, high = chart.limits
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    ticks = ratio_ticks(low, high, height)
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_major_formatter(FixedFormatter([f"{tick:g}" for tick in ticks]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.grid(True, axis="y")
    axes.grid(False, axis="x")
    axes.set_xlim(-0.5, len(panel.versions) - 0.5)
    axes.xaxis.set_major_locator(FixedLocator(range(len(panel.versions))))
    room = WIDTH / len(panel.versions) - 0.08
    texts = [f"{version}\n{shortened(label, room, 8)}" for version, label in panel.versions]
    axes.xaxis.set_major_formatter(FixedFormatter(texts))


def _draw_line(
    axes: Axes,
    places: Sequence[float],
    line: Sequence[Estimate | None],
    look: Look,
    theme: Theme,
    alone: bool,
) -> None:
    """One variant: a line that breaks where it has no time, its intervals and its marks."""
    values = [time.value if time else math.nan for time in line]
    style = {"color": look.colour, "marker": ""}
    kind = "--" if alone else "-"
    axes.plot(
        places, values, linewidth=1.0, linestyle=kind, zorder=2.5, **style, **outlined(look, 1.0)
    )
    bounds = [
        (place, time.low, time.high)
        for place, time in zip(places, line)
        if time is not None and time.low is not None and time.high is not None
    ]
    axes.plot(
        [x for place, _, _ in bounds for x in (place, place, math.nan)],
        [y for _, low, high in bounds for y in (low, high, math.nan)],
        linewidth=1.3,
        linestyle="-",
        solid_capstyle="butt",
        zorder=3,
        **style,
        **outlined(look, 1.3),
    )
    axes.plot(places, values, zorder=4, **marker_style(look, theme, alone, MARK))


def spread(places: Mapping[str, float], gap: float, room: float) -> dict[str, float]:
    """Places from 0 to room, near the given ones and in their order, at least `gap` apart as long as there is room."""
    order = sorted(places, key=lambda name: places[name])
    found: dict[str, float] = {}
    lowest = 0.0
    for name in order:
        found[name] = max(places[name], lowest)
        lowest = found[name] + gap
    highest = room
    for name in reversed(order):
        found[name] = min(found[name], highest)
        highest = found[name] - gap
    return found


def _draw_names(
    frame: ChartFrame,
    chart: V8History,
    panel: HistoryPanel,
    palette: Mapping[str, Look],
    ends: Mapping[str, float],
    top: float,
    height: float,
) -> None:
    """Each line's name where it ends, or as near as the other names allow, with its mark."""
    low, high = map(math.log, chart.limits)
    true = {name: (high - math.log(value)) / (high - low) * height for name, value in ends.items()}
    x = MARGIN + LEFT + WIDTH + LEADER
    for name, y in spread(true, NAME_GAP, height).items():
        if name in palette:
            frame.mark(x - 0.09, frame.top + top + y, palette[name], panel.alone, MARK)
        else:
            _draw_sample(frame, x, top + y, ends[name])
        text = shortened(name, MOST_NAME, NAME_SIZE)
        frame.text(x, top + y, text, size=NAME_SIZE, va="center")


def _draw_sample(frame: ChartFrame, x: float, y: float, value: float) -> None:
    """A piece of a native line, left of its name."""
    down = 1 - (frame.top + y) / frame.height
    places = [(x - 0.2) / frame.width, (x - 0.04) / frame.width]
    frame.figure.add_artist(
        Line2D(
            places,
            [down, down],
            transform=frame.figure.transFigure,
            **line_style(frame.theme, value),
        )
    )
