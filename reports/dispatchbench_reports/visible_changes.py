"""The smallest slow-down that would have been found."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from dispatchbench_reports.best_cuts import SHORTEST
from dispatchbench_reports.change_points import FEWEST_RUNS
from dispatchbench_reports.critical_values import critical_log_p
from dispatchbench_reports.noise import NO_PRIOR, Prior

MARGIN = {6: 2.4, 2000: 2.4}
"""Standard errors between what is found every second time and nine times in ten, by number of runs: the largest of the noise
shapes, simulated by `python3 -m dispatchbench_reports.power margins`"""


def runs_after(count: int, last: int) -> int:
    """How many of a series' last runs, at most `last`, are taken to be slow when it is said what would be found."""
    return max(SHORTEST, min(last, count // 2))


def standard_errors(count: int, after: int, prior: Prior = NO_PRIOR) -> float:
    """How many standard errors of noise the change of the last runs has to be to be found every second time."""
    freedom = count - 2 + min(prior.freedom, count - 2)
    return math.sqrt(float(stats.f.isf(math.exp(critical_log_p(count, 1)), 1, freedom)))


def visible_change(count: int, last: int, deviation: float, prior: Prior = NO_PRIOR) -> float:
    """The smallest change (as a logarithm) of the last runs that is found nine times in ten; infinite if none is.

    last: how many runs at most may have changed already.
    """
    if count < FEWEST_RUNS:
        return math.inf
    after = runs_after(count, last)
    lengths = [math.log(runs) for runs in MARGIN]
    margin = float(np.interp(math.log(count), lengths, list(MARGIN.values())))
    error = math.sqrt(1 / after + 1 / (count - after)) * deviation
    return (standard_errors(count, after, prior) + margin) * error
