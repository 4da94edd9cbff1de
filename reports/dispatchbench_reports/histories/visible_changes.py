"""The smallest slow-down that would have been found."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from dispatchbench_reports.histories.best_cuts import SHORTEST
from dispatchbench_reports.histories.change_points import FEWEST_RUNS
from dispatchbench_reports.histories.critical_values import critical_log_p
from dispatchbench_reports.histories.noise import NO_PRIOR, Prior

MARGIN = {6: 2.9, 8: 3.0, 10: 4.0, 11: 4.0, 12: 5.6, 16: 3.9, 20: 3.0, 40: 2.5, 100: 4.3, 2000: 6.0}
"""Standard errors between what is found every second time and nine times in ten, by number of runs: the largest of the noise
shapes without odd runs, simulated by `python3 -m dispatchbench_reports.histories.power margins` and rounded up. At 10 and 11 runs (2.5 and 1.6
simulated) it is larger because a test with other seeds missed 1 step in 5; beyond 100 runs it rests on 12 series of one shape."""
MARGIN_WITH_ODD_RUNS = {40: 13.5, 100: 6.0, 2000: 6.0}
"""The same for series in which some runs are odd"""
FEWEST_WITH_ODD_RUNS = 40
"""With fewer, one odd run can hide a step of any size more often than once in ten."""
MOST_ODD = 0.1
"""of the runs: with more, so can they in longer series"""


def runs_after(count: int, last: int) -> int:
    """How many of a series' last runs, at most `last`, are taken to be slow when it is said what would be found."""
    return max(SHORTEST, min(last, count // 2))


def standard_errors(count: int, prior: Prior = NO_PRIOR) -> float:
    """How many standard errors of noise the change of the last runs has to be to be found every second time."""
    freedom = count - 2 + min(prior.freedom, count - 2)
    return math.sqrt(float(stats.f.isf(math.exp(critical_log_p(count, 1)), 1, freedom)))


def visible_change(
    count: int, last: int, deviation: float, odd: int = 0, prior: Prior = NO_PRIOR
) -> float:
    """The smallest change (as a logarithm) of the last runs that is found nine times in ten; infinite if none is.

    last: how many runs at most may have changed already. odd: how many runs follow no level.
    """
    if count < FEWEST_RUNS or odd and (count < FEWEST_WITH_ODD_RUNS or odd > MOST_ODD * count):
        return math.inf
    after = runs_after(count, last)
    margins = MARGIN_WITH_ODD_RUNS if odd else MARGIN
    lengths = [math.log(runs) for runs in margins]
    margin = float(np.interp(math.log(count), lengths, list(margins.values())))
    error = math.sqrt(1 / after + 1 / (count - after)) * deviation
    return (standard_errors(count, prior) + margin) * error
