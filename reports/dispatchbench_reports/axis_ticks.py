"""Ticks for logarithmic ratio axes and plain time axes, as many as fit."""

from __future__ import annotations

import math
from typing import Iterable, Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullFormatter, NullLocator

from dispatchbench_reports.estimates import Estimate
from dispatchbench_reports.style import text_width

_STEPS: tuple[tuple[float, ...], ...] = (
    (0.01, 0.1, 1, 10, 100),
    (0.02, 0.05, 0.2, 0.5, 2, 5, 20, 50),
    (0.25, 4),
    (0.7, 1.4),
    (0.8, 1.25),
    (0.6, 0.4, 0.3, 1.6, 3, 8),
    (0.9, 1.1),
    (0.95, 1.05),
    (0.98, 1.02),
    (0.96, 0.97, 1.03, 1.04),
    (0.99, 1.01),
)


def ratio_ticks(low: float, high: float, width: float, size: float = 8.0) -> list[float]:
    """Round values between low and high whose labels don't touch on a log axis that is width inches wide."""
    span = math.log(high / low)
    chosen: list[float] = []

    def position(value: float) -> float:
        return math.log(value / low) / span * width

    for step in _STEPS:
        for value in step:
            if not low * 0.999 <= value <= high * 1.001:
                continue
            if all(
                abs(position(value) - position(other))
                > (text_width(f"{value:g}", size) + text_width(f"{other:g}", size)) / 2 + 0.12
                for other in chosen
            ):
                chosen.append(value)
    return sorted(chosen)


def centred_limits(values: Sequence[float]) -> tuple[float, float]:
    """Limits of a log axis that contain all values and have 1 in the middle."""
    reach = max([abs(math.log(value)) for value in values] + [math.log(1.04)]) * 1.08
    return math.exp(-reach), math.exp(reach)


def limits_beside_one(values: Sequence[float]) -> tuple[float, float]:
    """Limits of a log axis that contain all values and 1, wherever that is."""
    low, high = math.log(min(1.0, *values)), math.log(max(1.04, *values))
    margin = (high - low) * 0.04
    return math.exp(low - margin), math.exp(high + margin)


def values_of(estimates: Iterable[Estimate]) -> list[float]:
    """These estimates with the ends of their intervals."""
    return [
        bound
        for estimate in estimates
        for bound in (estimate.value, estimate.low, estimate.high)
        if bound is not None
    ]


def limits_around(estimates: Iterable[Estimate]) -> tuple[float, float]:
    """Limits of a log axis that contain these estimates with their intervals and have 1 in the middle."""
    return centred_limits(values_of(estimates))


def hidden_intervals(
    estimates: Iterable[Estimate], limits: tuple[float, float], width: float, mark: float
) -> str:
    """Says how many intervals on a log axis of this width (inches) can't be seen behind their marks (points); "" if none."""
    reach = mark / 72 / width * math.log(limits[1] / limits[0])
    intervals = [
        math.log(estimate.high / estimate.low)
        for estimate in estimates
        if estimate.low is not None and estimate.high is not None
    ]
    hidden = sum(interval < reach for interval in intervals)
    if not hidden:
        return ""
    which = "all" if hidden == len(intervals) else f"{hidden} of {len(intervals)}"
    return f"{which} intervals are narrower than their marks"


def set_ratio_axis(axes: Axes, low: float, high: float, width: float) -> None:
    """A logarithmic axis whose only ticks are round ratios."""
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    ticks = ratio_ticks(low, high, width)
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_major_formatter(FixedFormatter([f"{tick:g}" for tick in ticks]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())


def set_time_axis(axes: Axes, high: float, width: float) -> None:
    """A linear axis that starts at zero, so that lengths can be compared."""
    axes.set_xlim(0, high)
    axes.xaxis.set_major_locator(
        MaxNLocator(nbins=max(2, int(width / 0.45)), steps=[1, 2, 2.5, 5, 10])
    )
