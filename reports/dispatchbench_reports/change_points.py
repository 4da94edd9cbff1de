"""Lasting changes of level in a series of runs.

A segment is tested for one, two or three changes at once, because a slow-down that ended hides from a test for one (the
double maximum test of J. Bai, P. Perron: Estimating and Testing Linear Models with Multiple Structural Changes,
Econometrica 66 (1998)); the best cuts are found exactly, as in their Computation and Analysis of Multiple Structural
Change Models, J. Applied Econometrics 18 (2003). What is found is searched again.

The test works on bounded scores: distances from the segment's median, cut off at four times its noise. A single odd run
thus counts little, and the false-alarm rate hardly depends on the noise's shape (M. Hušková, J. Picek: M-tests for
Detection of Structural Changes in Regression, 2002; P. Fearnhead, G. Rigaill: Changepoint Detection in the Presence of
Outliers, JASA 114 (2019)). Autocorrelated noise raises the bar by its long-run variance (critical_values.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Sequence

import numpy as np
import numpy.typing as npt
from scipy import stats

from dispatchbench_reports.critical_values import LEAST_NOISE, MOST_CHANGES, critical_log_p
from dispatchbench_reports.noise import NO_PRIOR, Prior, autocorrelation, long_run_factor

SHORTEST = 3
"""The fewest runs on either side of a change; one or two odd runs are none."""
FEWEST_RUNS = 2 * SHORTEST
FEWEST_FOR_DENSEST = 10
"""With fewer runs, half of them say too little of the noise."""
CLIP = 4.0
"""Where scores are cut off, in robust standard deviations"""
CLEAR = 3.0
"""standard errors between the levels on both sides of a change"""
NINE_IN_TEN = 2.4
"""standard deviations between what is found every second time and nine times in ten: 1.28 for known noise, more (from
simulation) where its autocorrelation is estimated"""
BLOCK = 64
"""How many ends of segments are looked at together: bounds the memory that a long series needs"""

Vector = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


def robust_deviation(values: Vector, least: float = LEAST_NOISE) -> float:
    """The median distance from the median, scaled to a normal standard deviation."""
    return max(float(1.4826 * np.median(np.abs(values - np.median(values)))), least)


def densest_deviation(values: Vector, least: float = LEAST_NOISE) -> float:
    """The length of the shortest interval that holds half of the values, scaled to a normal standard deviation.

    Of two equally long levels it is the noise of one, where the median distance is half their distance. (P. J. Rousseeuw,
    A. M. Leroy: A Robust Scale Estimator Based on the Shortest Half, Statistica Neerlandica 42 (1988); the term in the
    count makes up for the bias of few values, from simulation.)
    """
    count = len(values)
    ordered = np.sort(values)
    half = (count + 1) // 2
    shortest = float(np.min(ordered[half - 1 :] - ordered[: count - half + 1]))
    return max(shortest / 1.349 * (1 + 6 / count), least)


def scores(values: Vector, least: float = LEAST_NOISE) -> Vector:
    """Distances from the median, cut off at four robust deviations."""
    deviation = robust_deviation(values, least)
    if len(values) >= FEWEST_FOR_DENSEST:
        deviation = min(deviation, densest_deviation(values, least))
    reach = CLIP * deviation
    return np.clip(values - np.median(values), -reach, reach)


@dataclass(frozen=True)
class Split:
    """The best cuts of a segment, and how far they are from what noise alone does."""

    cuts: tuple[int, ...]
    log_p: float
    critical: float

    @property
    def excess(self) -> float:
        """Above 0 if the cuts are significant."""
        return self.critical - self.log_p


class _Levels:
    """The best levels for the beginning of a series that ends anywhere, with one more cut at each step."""

    def __init__(self, series: Vector) -> None:
        self.count = len(series)
        self.sums: Vector = np.concatenate((np.zeros(1), np.cumsum(series)))
        self.total = float(np.sum(series**2))
        lengths = np.arange(self.count + 1)
        reciprocals = np.zeros(self.count + 1)
        reciprocals[SHORTEST:] = 1 / lengths[SHORTEST:]
        self._reversed = reciprocals[::-1]
        # What the levels so far explain of the sum of squares, by end; nothing is explained by too short a level.
        self.explained = np.where(lengths >= SHORTEST, self.sums**2 * reciprocals, -np.inf)

    def last_cut(self) -> tuple[int, float]:
        """The best place for the last cut of the whole series, and the squares that are left then."""
        begins = slice(SHORTEST, self.count - SHORTEST + 1)
        added = (self.sums[-1] - self.sums[begins]) ** 2 * self._reversed[begins]
        explained = self.explained[begins] + added
        place = int(np.argmax(explained))
        return place + SHORTEST, max(self.total - float(explained[place]), 0.0)

    def cut_again(self) -> Indices:
        """Adds a cut for every end; returns its place by end."""
        explained = np.full(self.count + 1, -np.inf)
        origin = np.zeros(self.count + 1, dtype=np.int64)
        for first in range(2 * SHORTEST, self.count + 1, BLOCK):
            ends = np.arange(first, min(first + BLOCK, self.count + 1))
            begins = int(ends[-1]) - SHORTEST + 1
            block = self.sums[ends, None] - self.sums[None, :begins]
            block *= block
            # The reciprocal of each length: row by end, column by begin.
            block *= np.lib.stride_tricks.sliding_window_view(
                np.concatenate((self._reversed, np.zeros(begins))), begins
            )[self.count - ends]
            block += self.explained[None, :begins]
            tail = max(first - SHORTEST + 1, 0)
            short = ends[:, None] - np.arange(tail, begins)[None, :] < SHORTEST
            block[:, tail:][short] = -np.inf
            origin[ends] = np.argmax(block, axis=1)
            explained[ends] = block[np.arange(len(ends)), origin[ends]]
        self.explained = explained
        return origin


def best_cuts(series: Vector, most: int = MOST_CHANGES) -> list[tuple[tuple[int, ...], float]]:
    """For one to `most` cuts: the cuts with the least sum of squared residuals, and that sum."""
    levels = _Levels(series)
    origins: list[Indices] = []
    found: list[tuple[tuple[int, ...], float]] = []
    for cuts in range(1, most + 1):
        if len(series) < (cuts + 1) * SHORTEST:
            break
        if cuts > 1:
            origins.append(levels.cut_again())
        place, remaining = levels.last_cut()
        path = [place]
        for origin in reversed(origins):
            path.append(int(origin[path[-1]]))
        found.append((tuple(reversed(path)), remaining))
    return found


def candidates(values: Vector, prior: Prior = NO_PRIOR) -> list[Split]:
    """The best one, two and three cuts of a segment, each with the probability of its F statistic."""
    count = len(values)
    if count < FEWEST_RUNS:
        return []
    series = scores(values, max(LEAST_NOISE, prior.floor))
    series = series - series.mean()
    total = float(np.sum(series**2))
    found = []
    for cuts, remaining in best_cuts(series):
        changes = len(cuts)
        own = count - changes - 1
        variance, freedom = prior.moderated(remaining / own, own)
        levels = np.empty(count)
        for begin, end in zip((0, *cuts), (*cuts, count)):
            levels[begin:end] = series[begin:end].mean()
        correlation = max(autocorrelation(series - levels, changes), prior.correlation)
        variance *= long_run_factor(correlation)
        statistic = max(total - remaining, 0.0) / changes / max(variance, LEAST_NOISE**2)
        found.append(
            Split(
                cuts,
                float(stats.f.logsf(statistic, changes, freedom)),
                critical_log_p(count, changes),
            )
        )
    return found


def change_points(values: Sequence[float], prior: Prior = NO_PRIOR) -> list[int]:
    """The indices at which a new level begins, in order."""
    series = np.asarray(values, dtype=np.float64)
    found: list[int] = []
    waiting = [(0, len(series))]
    while waiting:
        begin, end = waiting.pop()
        splits = [split for split in candidates(series[begin:end], prior) if split.excess > 0]
        if splits:
            cuts = [begin + cut for cut in max(splits, key=lambda split: split.excess).cuts]
            found += cuts
            waiting += list(zip([begin, *cuts], [*cuts, end]))
    return _placed(series, sorted(found), prior)


def _placed(series: Vector, cuts: list[int], prior: Prior) -> list[int]:
    """Moves each cut to where the values themselves (not the scores) leave the earlier level.

    A cut whose two levels then differ by no more than noise, because its neighbours explain them better, is dropped.
    """
    placed = list(cuts)
    for position in range(len(cuts)):
        begin = placed[position - 1] if position else 0
        end = placed[position + 1] if position + 1 < len(placed) else len(series)
        cut = placed[position]
        before, after = np.median(series[begin:cut]), np.median(series[cut:end])
        residuals = np.concatenate((series[begin:cut] - before, series[cut:end] - after))
        reach = CLIP * robust_deviation(residuals, max(LEAST_NOISE, prior.floor))
        # At least half the step, so that a value always counts for the level that it is nearer to.
        reach = max(reach, abs(float(after - before)) / 2)
        window = series[begin:end]
        early = np.minimum((window - before) ** 2, reach**2)
        late = np.minimum((window - after) ** 2, reach**2)
        costs = (
            np.concatenate(([0.0], np.cumsum(early)))
            + np.concatenate((np.zeros(1), np.cumsum(late[::-1])))[::-1]
        )
        possible = costs[SHORTEST : len(window) - SHORTEST + 1]
        placed[position] = begin + SHORTEST + int(np.argmin(possible))
    return _clear(series, placed, prior)


def _clear(series: Vector, cuts: list[int], prior: Prior) -> list[int]:
    """The cuts without those whose levels differ by less than three standard errors, the least clear one first."""
    kept = list(cuts)
    while kept:
        noise = noise_around(series.tolist(), kept, prior)
        bounds = [0, *kept, len(series)]
        clearness = []
        for begin, cut, end in zip(bounds, bounds[1:], bounds[2:]):
            distance = abs(float(np.median(series[begin:cut]) - np.median(series[cut:end])))
            clearness.append(distance / noise / math.sqrt(1 / (cut - begin) + 1 / (end - cut)))
        least = int(np.argmin(clearness))
        if clearness[least] >= CLEAR:
            break
        del kept[least]
    return kept


def residual_variance(values: Sequence[float]) -> tuple[float, float, float]:
    """The variance of the scores around two levels, its degrees of freedom, and the lag-1 correlation that is left."""
    series = scores(np.asarray(values, dtype=np.float64))
    (((cut,), remaining),) = best_cuts(series - series.mean(), 1)
    levels = np.where(np.arange(len(series)) < cut, series[:cut].mean(), series[cut:].mean())
    freedom = len(series) - 2
    return remaining / freedom, freedom, autocorrelation(series - levels, 1)


def noise_around(values: Sequence[float], cuts: Sequence[int], prior: Prior = NO_PRIOR) -> float:
    """The standard deviation of independent noise that would hide as much as this series' does."""
    series = np.asarray(values, dtype=np.float64)
    residuals = np.concatenate(
        [
            series[begin:end] - np.median(series[begin:end])
            for begin, end in zip((0, *cuts), (*cuts, len(series)))
        ]
    )
    freedom = max(len(series) - len(cuts) - 1, 1)
    clipped = scores(residuals, max(LEAST_NOISE, prior.floor))
    variance, _ = prior.moderated(float(np.sum(clipped**2)) / freedom, freedom)
    correlation = max(autocorrelation(clipped, len(cuts)), prior.correlation)
    return math.sqrt(max(variance, LEAST_NOISE**2) * long_run_factor(correlation))


def visible_change(count: int, last: int, deviation: float, prior: Prior = NO_PRIOR) -> float:
    """The smallest change (as a logarithm) of the last runs that is found nine times in ten; infinite if none is.

    last: how many runs at most may have changed already.
    """
    if count < FEWEST_RUNS:
        return math.inf
    after = max(SHORTEST, min(last, count // 2))
    freedom = count - 2 + min(prior.freedom, count - 2)
    reach = math.sqrt(float(stats.f.isf(math.exp(critical_log_p(count, 1)), 1, freedom)))
    return (reach + NINE_IN_TEN) * math.sqrt(1 / after + 1 / (count - after)) * deviation
