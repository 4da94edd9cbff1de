"""What flags do to each backend: flag sets down, backends as marks on a log axis, one panel per compiler."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import blended_transform_factory

from dispatchbench_reports.annotations import caption
from dispatchbench_reports.axis_ticks import limits_around, set_ratio_axis
from dispatchbench_reports.chart_frame import MARGIN, ChartFrame, LegendEntry, marker_style
from dispatchbench_reports.charts.interval_marks import draw_lines
from dispatchbench_reports.estimates import Estimate
from dispatchbench_reports.flag_effects import (
    CompilerEffects,
    FlagEffects,
    flag_effects,
    training_workloads,
)
from dispatchbench_reports.flag_findings import sentences, title
from dispatchbench_reports.flag_tables import missing_notes
from dispatchbench_reports.lens import Lens
from dispatchbench_reports.phrases import listed
from dispatchbench_reports.style import Look, Theme, looks, shortened, text_width
from dispatchbench_reports.wording import ratio_text

FARTHEST = 1.5
"""Effects beyond it, or their inverses, are numbers at the edge: one of them would leave no room for the others."""
STEP = 7.0 / 72
MARK = 4.8
ROW_GAP = 7.0 / 72
ROW_SIZE = 8.5
AXIS_ROOM = 0.5
TITLE_ROOM = 0.22
GAP = 0.25


@dataclass(frozen=True)
class FlagsChart:
    title: str
    note: str
    caption: str
    found: FlagEffects
    looks_of: tuple[str, ...]
    """the names that share out colours and markers, so that a backend keeps its look"""

    @property
    def limits(self) -> tuple[float, float]:
        """Of the axis that all panels share."""
        return limits_around(
            Estimate(effect.estimate.value, *_clipped(effect.estimate), 1, 1)
            for compiler in self.found.compilers
            for each in compiler.sets
            for effect in each.effects.values()
            if not _is_far(effect.estimate)
        )


def _is_far(estimate: Estimate) -> bool:
    return abs(math.log(estimate.value)) > math.log(FARTHEST)


def _clipped(estimate: Estimate) -> tuple[float | None, float | None]:
    """The bounds, as far as the axis may go."""
    if estimate.low is None or estimate.high is None:
        return None, None
    return max(estimate.low, 1 / FARTHEST), min(estimate.high, FARTHEST)


def flags_chart(lens: Lens) -> FlagsChart | str:
    """The chart's content, or what the results lack for it."""
    found = flag_effects(lens)
    if isinstance(found, str):
        return found
    reasons = []
    for compiler in found.compilers:
        reasons += [
            f"{compiler.title} has no {label}: {reason}"
            for label, reason in compiler.refused.items()
        ]
        reasons += [f"With {compiler.title} {note}" for note in missing_notes(found, compiler)]
    training = next(
        (names for each in found.compilers if (names := training_workloads(lens, each))), ()
    )
    return FlagsChart(
        title=title(found),
        note="\n".join(sentences(found)),
        caption=caption(
            lens,
            "A mark is a backend’s time with a flag set over its own time without, as the geometric mean over "
            f"{len(lens.study.workloads)} workloads",
            "Hollow: the machine code is the same with and without",
            *((f"Profiles were trained with {listed(training)}",) if training else ()),
            *reasons,
            columns=[compiler.base for compiler in found.compilers],
        ),
        found=found,
        looks_of=lens.study.backends,
    )


def draw_flags_chart(chart: FlagsChart, theme: Theme) -> Figure:
    """Draws inside themed(theme)."""
    found = chart.found
    palette = looks(chart.looks_of, theme)
    row_height = len(found.backends) * STEP + ROW_GAP
    body = len(found.labels) * row_height
    left = max(text_width(label, ROW_SIZE) for label in found.labels) + 0.2
    across = min(len(found.compilers), 2)
    panel_width = {1: 5.4}.get(across, 3.4)
    lines = -(-len(found.compilers) // across)
    block = TITLE_ROOM + body + AXIS_ROOM
    frame = ChartFrame(
        2 * MARGIN + left + across * panel_width + (across - 1) * GAP,
        lines * block,
        theme,
        chart.title,
        chart.caption,
        chart.note,
        [LegendEntry(backend, palette[backend]) for backend in found.backends],
    )
    for number, compiler in enumerate(found.compilers):
        line, place = divmod(number, across)
        x = MARGIN + left + place * (panel_width + GAP)
        y = line * block + TITLE_ROOM
        axes = frame.axes(x, y, panel_width, body)
        set_ratio_axis(axes, *chart.limits, panel_width)
        axes.set_ylim(body, 0)
        axes.set_yticks([])
        axes.spines["bottom"].set_visible(True)
        frame.panel_title(x, y - 0.1, compiler.title, panel_width)
        frame.bands(axes, len(found.labels), row_height)
        axes.axvline(1, color=theme.reference, linewidth=1.0, zorder=1.5, linestyle="-", marker="")
        for row, label in enumerate(found.labels):
            top = row * row_height
            if place == 0:
                middle = y + top + row_height / 2
                frame.row_label(MARGIN + left - 0.09, middle, label, left - 0.1, ROW_SIZE)
            _draw_row(axes, chart, compiler, label, top, row_height, palette, theme, panel_width)
        room = frame.ratio_directions(x, y + body + 0.31, panel_width)
        text = "time with the flags / without (log scale)"
        if text_width(text, 8) > room:
            text = "with / without"
        frame.axis_label(x, y + body + 0.31, text, panel_width)
    return frame.figure


def _draw_row(
    axes: Axes,
    chart: FlagsChart,
    compiler: CompilerEffects,
    label: str,
    top: float,
    row_height: float,
    palette: Mapping[str, Look],
    theme: Theme,
    width: float,
) -> None:
    """The marks of one flag set, or why there are none."""
    across = blended_transform_factory(axes.transAxes, axes.transData)

    def remark(y: float, text: str, left: bool = False) -> None:
        axes.text(
            0.015 if left else 0.985,
            y,
            shortened(text, width - 0.1, 7),
            transform=across,
            size=7,
            color=theme.muted,
            ha="left" if left else "right",
            va="center",
        )

    each = compiler.find(label)
    if each is None:
        reason = compiler.refused.get(label, "not measured")
        remark(top + row_height / 2, f"unavailable: {reason}")
        return
    for place, backend in enumerate(chart.found.backends):
        y = top + ROW_GAP / 2 + (place + 0.5) * STEP
        effect = each.effects.get(backend)
        if effect is None:
            if backend in each.missing:
                remark(y, f"{backend} unavailable")
            continue
        if _is_far(effect.estimate):
            _draw_far(axes, effect.estimate, y, palette[backend], theme, chart.limits)
        else:
            _draw_estimate(axes, effect.estimate, y, palette[backend], theme, effect.same_code)


def _draw_estimate(
    axes: Axes, estimate: Estimate, y: float, look: Look, theme: Theme, hollow: bool
) -> None:
    low, high = _clipped(estimate)
    if low is not None and high is not None:
        draw_lines(axes, [(low, high, y)], look)
    axes.plot([estimate.value], [y], zorder=4, **marker_style(look, theme, hollow, MARK))


def _draw_far(
    axes: Axes,
    estimate: Estimate,
    y: float,
    look: Look,
    theme: Theme,
    limits: tuple[float, float],
) -> None:
    """At the edge, with its value on the inner side."""
    slower = estimate.value > 1
    inset = (limits[1] / limits[0]) ** 0.015
    edge = limits[1] / inset if slower else limits[0] * inset
    axes.plot([edge], [y], zorder=4, **marker_style(look, theme, False, MARK))
    text = f"{ratio_text(estimate.value)} →" if slower else f"← {ratio_text(estimate.value)}"
    axes.text(
        edge / inset**1.6 if slower else edge * inset**1.6,
        y,
        text,
        size=7,
        ha="right" if slower else "left",
        va="center",
        zorder=4,
    )
