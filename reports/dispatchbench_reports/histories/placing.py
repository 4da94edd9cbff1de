"""Puts cuts where the runs themselves leave a level, and drops those that are none."""

from __future__ import annotations

import math
from typing import Sequence

import numpy as np
import numpy.typing as npt

from dispatchbench_reports.histories.best_cuts import SHORTEST
from dispatchbench_reports.histories.bounded_scores import CLIP, robust_deviation
from dispatchbench_reports.histories.noise import (
    LEAST_NOISE,
    NO_PRIOR,
    Prior,
    autocorrelation,
    long_run_factor,
)

CLEAR = 4.0
"""standard errors between the levels on both sides of a change"""
FEW = 12
ROUNDS = 5
"""Places hardly ever move after the second."""

Vector = npt.NDArray[np.float64]


def placed(series: Vector, cuts: Sequence[int], prior: Prior) -> list[int]:
    """The cuts where the runs leave their levels, without those whose levels aren't clearly apart.

    A place is good if the sum of the distances' squares from the medians of both sides, each bounded, is small (P.
    Fearnhead, G. Rigaill: Changepoint Detection in the Presence of Outliers, JASA 114 (2019)): an odd run, which is far from
    both, then counts the same on either side.
    """
    kept = sorted(set(cuts))
    while kept:
        kept = _moved(series, kept, prior)
        weakest = _weakest(series, kept, prior)
        if weakest is None:
            break
        del kept[weakest]
    return kept


def _moved(series: Vector, cuts: list[int], prior: Prior) -> list[int]:
    """Moves each cut to its best place between its neighbours until none moves."""
    moved = list(cuts)
    for _ in range(ROUNDS):
        before = list(moved)
        for position in range(len(moved)):
            begin = moved[position - 1] if position else 0
            end = moved[position + 1] if position + 1 < len(moved) else len(series)
            moved[position] = begin + _best_place(series[begin:end], moved[position] - begin, prior)
        if moved == before:
            break
    return moved


def _best_place(window: Vector, cut: int, prior: Prior) -> int:
    before, after = float(np.median(window[:cut])), float(np.median(window[cut:]))
    residuals = np.concatenate((window[:cut] - before, window[cut:] - after))
    reach = CLIP * robust_deviation(residuals, max(LEAST_NOISE, prior.floor))
    # At least half the step, so that a value always counts for the level that it is nearer to.
    reach = max(reach, abs(after - before) / 2)
    early = np.minimum((window - before) ** 2, reach**2)
    late = np.minimum((window - after) ** 2, reach**2)
    costs = np.concatenate((np.zeros(1), np.cumsum(early - late)))
    return SHORTEST + int(np.argmin(costs[SHORTEST : len(window) - SHORTEST + 1]))


def _weakest(series: Vector, cuts: list[int], prior: Prior) -> int | None:
    """The position of the cut to drop first; None if all are clear."""
    noise = noise_around(series.tolist(), cuts, prior)
    bounds = [0, *cuts, len(series)]
    levels = [_level(series[begin:end], CLIP * noise) for begin, end in zip(bounds, bounds[1:])]
    clearness = []
    for position, (begin, cut, end) in enumerate(zip(bounds, bounds[1:], bounds[2:])):
        distance = abs(levels[position + 1] - levels[position])
        clear = distance / noise / math.sqrt(1 / (cut - begin) + 1 / (end - cut))
        own = min(
            _nearer(series[begin:cut], levels[position], levels[position + 1]),
            _nearer(series[cut:end], levels[position + 1], levels[position]),
        )
        # One or two odd runs and a usual one have the odd ones' median, but are no level.
        clearness.append(clear if own >= SHORTEST else 0.0)
    least = int(np.argmin(clearness))
    return least if clearness[least] < CLEAR else None


def _level(values: Vector, reach: float) -> float:
    """The mean of the values with odd ones bounded: less noisy than the median."""
    median = float(np.median(values))
    return median + float(np.clip(values - median, -reach, reach).mean())


def _nearer(values: Vector, level: float, other: float) -> int:
    """How many values are nearer to the first level."""
    return int(np.count_nonzero(np.abs(values - level) < np.abs(values - other)))


def _residuals(series: Vector, cuts: Sequence[int]) -> Vector:
    return np.concatenate(
        [
            series[begin:end] - np.median(series[begin:end])
            for begin, end in zip((0, *cuts), (*cuts, len(series)))
        ]
    )


def _reach(residuals: Vector, prior: Prior) -> float:
    """How far from its level a run is odd: not by the densest half, which of runs that jump between two modes knows one."""
    return CLIP * robust_deviation(residuals, max(LEAST_NOISE, prior.floor))


def odd_runs(values: Sequence[float], cuts: Sequence[int], prior: Prior = NO_PRIOR) -> int:
    """How many runs follow no level."""
    residuals = _residuals(np.asarray(values, dtype=np.float64), cuts)
    # The deviation of few runs is often far too small by chance.
    reach = _reach(residuals, prior) * (1 + FEW / max(len(residuals), 1))
    return int(np.count_nonzero(np.abs(residuals) > reach))


def noise_around(values: Sequence[float], cuts: Sequence[int], prior: Prior = NO_PRIOR) -> float:
    """The standard deviation of independent noise that would hide as much as this series' does."""
    series = np.asarray(values, dtype=np.float64)
    residuals = _residuals(series, cuts)
    reach = _reach(residuals, prior)
    freedom = max(len(series) - len(cuts) - 1, 1)
    clipped = np.clip(residuals, -reach, reach)
    variance, _ = prior.moderated(float(np.sum(clipped**2)) / freedom, freedom)
    correlation = max(autocorrelation(clipped, len(cuts)), prior.correlation)
    return math.sqrt(max(float(variance), LEAST_NOISE**2) * float(long_run_factor(correlation)))
