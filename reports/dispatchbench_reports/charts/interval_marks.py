"""Estimates on an axis of ratios: a mark with its interval as a line, hollow for what the legend says."""

from __future__ import annotations

import math
from typing import Sequence

from matplotlib.axes import Axes

from dispatchbench_reports.chart_frame import LegendEntry, marker_style, outlined
from dispatchbench_reports.estimates import Estimate
from dispatchbench_reports.preparing import LEGEND
from dispatchbench_reports.style import Look, Theme


def draw_estimates(
    axes: Axes,
    estimates_at: Sequence[tuple[Estimate, float]],
    look: Look,
    theme: Theme,
    hollow: bool = False,
    size: float = 5.0,
) -> None:
    """Draws each at its height, one path for all of one kind: one element per mark would double the file."""
    draw_lines(
        axes,
        [
            (estimate.low, estimate.high, y)
            for estimate, y in estimates_at
            if estimate.low is not None and estimate.high is not None
        ],
        look,
    )
    if estimates_at:
        axes.plot(
            [estimate.value for estimate, _ in estimates_at],
            [y for _, y in estimates_at],
            zorder=4,
            **marker_style(look, theme, hollow, size),
        )


def draw_mean(
    axes: Axes,
    mean: Estimate,
    unprepared: Estimate | None,
    y: float,
    look: Look,
    theme: Theme,
    size: float = 5.0,
) -> None:
    """Draws a mean, and behind it the same without preparing if that can be seen."""
    if unprepared is not None:
        draw_estimates(axes, [(unprepared, y)], look, theme, hollow=True, size=size)
    draw_estimates(axes, [(mean, y)], look, theme, size=size)


def draw_lines(
    axes: Axes, lines: Sequence[tuple[float, float, float]], look: Look, width: float = 1.3
) -> None:
    """Draws horizontal lines, each from left to right at a height; they end where the interval ends."""
    if not lines:
        return
    axes.plot(
        [x for left, right, _ in lines for x in (left, right, math.nan)],
        [place for _, _, y in lines for place in (y, y, math.nan)],
        color=look.colour,
        linewidth=width,
        linestyle="-",
        marker="",
        solid_capstyle="butt",
        zorder=3,
        **outlined(look, width),
    )


def unprepared_entry(theme: Theme) -> LegendEntry:
    """What a hollow mark beside a mean is, where marks have several looks."""
    return LegendEntry(f"geometric mean {LEGEND}", Look(theme.ink, "o"), hollow=True)


def number_goes_right(mean: Estimate, unprepared: Estimate | None) -> bool:
    """Whether a mean's number has more room on the right of 1: on the side without the marks."""
    return mean.value * (unprepared or mean).value <= 1
