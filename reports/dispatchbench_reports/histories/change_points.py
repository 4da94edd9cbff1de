"""Lasting changes of level in a series of runs.

A segment is tested for one, two or three changes at once, because a slow-down that ended hides from a test for one (the
double maximum test of J. Bai, P. Perron: Estimating and Testing Linear Models with Multiple Structural Changes,
Econometrica 66 (1998)). Where they show nothing, parts of it are tested (parts.py). What is found is searched again.

The test works on bounded scores: distances from the segment's median, cut off at 4.5 times its noise. A single odd run
thus counts little, and the false-alarm rate hardly depends on the noise's shape (M. Hušková, J. Picek: M-tests for
Detection of Structural Changes in Regression, 2002). Autocorrelated noise raises the bar by its long-run variance
(critical_values.py). The places of the changes found are then sought among the runs themselves (placing.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

import numpy as np
import numpy.typing as npt
from scipy import stats

from dispatchbench_reports.histories.best_cuts import SHORTEST, best_cuts
from dispatchbench_reports.histories.bounded_scores import scores
from dispatchbench_reports.histories.critical_values import (
    MOST_CHANGES,
    critical_excess,
    critical_log_p,
)
from dispatchbench_reports.histories.noise import (
    LEAST_NOISE,
    NO_PRIOR,
    Prior,
    autocorrelation,
    long_run_factor,
)
from dispatchbench_reports.histories.parts import best_in_parts
from dispatchbench_reports.histories.placing import placed

FEWEST_RUNS = 2 * SHORTEST

Vector = npt.NDArray[np.float64]


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


def candidates(values: Vector, prior: Prior = NO_PRIOR) -> list[Split]:
    """The best one, two and three cuts of a segment, each with the probability of its F statistic."""
    count = len(values)
    if count < FEWEST_RUNS:
        return []
    series = scores(values, max(LEAST_NOISE, prior.floor))
    reach = float(np.max(np.abs(series)))
    series = series - series.mean()
    total = float(np.sum(series**2))
    found = []
    for cuts, remaining in best_cuts(series, MOST_CHANGES):
        changes = len(cuts)
        own = count - changes - 1
        residuals = np.empty(count)
        for begin, end in zip((0, *cuts), (*cuts, count)):
            residuals[begin:end] = series[begin:end] - np.median(series[begin:end])
        # Bounded again: an odd run is up to twice as far from its own level as from the segment's median.
        residuals = np.clip(residuals, -reach, reach)
        variance, freedom = prior.moderated(float(np.sum(residuals**2)) / own, own)
        correlation = max(autocorrelation(residuals, changes), prior.correlation)
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
        cuts = [begin + cut for cut in _significant(series[begin:end], prior)]
        if cuts:
            found += cuts
            waiting += list(zip([begin, *cuts], [*cuts, end]))
    return placed(series, found, prior)


def _significant(segment: Vector, prior: Prior) -> tuple[int, ...]:
    """The cuts of a segment that stand out most; none if they may be noise."""
    splits = [split for split in candidates(segment, prior) if split.excess > 0]
    if splits:
        return max(splits, key=lambda split: split.excess).cuts
    best = best_in_parts(segment, prior)
    return (best.cut,) if best and best.excess > critical_excess(len(segment)) else ()


def residual_variance(values: Sequence[float]) -> tuple[float, float, float]:
    """The variance of the scores around two levels, its degrees of freedom, and the lag-1 correlation that is left."""
    series = scores(np.asarray(values, dtype=np.float64))
    (((cut,), remaining),) = best_cuts(series - series.mean(), 1)
    levels = np.where(np.arange(len(series)) < cut, series[:cut].mean(), series[cut:].mean())
    freedom = len(series) - 2
    return remaining / freedom, freedom, autocorrelation(series - levels, 1)
