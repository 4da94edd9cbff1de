"""The noise between runs: what other series and the intervals within runs say about it, and its autocorrelation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Sequence, TypeVar

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

Vector = npt.NDArray[np.float64]
Numbers = TypeVar("Numbers", float, Vector)

LEAST_NOISE = 1e-4
"""No benchmark repeats better than to 0.01 %."""
FEWEST_SERIES = 5
"""Fewer series don't say what noise is usual."""
FEWEST_FOR_AUTOCORRELATION = 12
"""In shorter series a lag-1 correlation is mostly chance."""
LARGEST_AUTOCORRELATION = 0.9
BIAS_OF_A_CUT = 4


@dataclass(frozen=True)
class Prior:
    """What is known about a series' variance between runs before looking at it."""

    variance: float
    freedom: float
    """how many degrees of freedom that knowledge is worth; 0 for none"""
    floor: float = 0.0
    """a standard deviation below which the noise can't be: that of the intervals within the runs"""
    correlation: float = 0.0
    """the lag-1 correlation that is usual on this machine"""

    def moderated(self, variance: Numbers, freedom: float) -> tuple[Numbers, float]:
        """A series' own variance combined with this, and the degrees of freedom of both.

        Source: G. K. Smyth: Linear Models and Empirical Bayes Methods for Assessing Differential Expression in
        Microarray Experiments, Statistical Applications in Genetics and Molecular Biology 3 (2004).
        """
        worth = min(self.freedom, freedom)
        combined = (worth * self.variance + freedom * variance) / (worth + freedom)
        return np.maximum(combined, self.floor**2), freedom + worth


NO_PRIOR = Prior(0.0, 0.0)


def pooled(variances: Sequence[float], freedoms: Sequence[float]) -> tuple[float, float]:
    """The usual variance of these series, and its degrees of freedom (0 if there are too few series).

    Smyth's estimate by moments of the logarithms.
    """
    usable = [(v, d) for v, d in zip(variances, freedoms) if v > 0 and d >= 2]
    if len(usable) < FEWEST_SERIES:
        return 0.0, 0.0
    found, own = np.array([v for v, _ in usable]), np.array([d for _, d in usable])
    centred = np.log(found) - special.digamma(own / 2) + np.log(own / 2)
    spread = float(centred.var(ddof=1) - special.polygamma(1, own / 2).mean())
    mean = float(centred.mean())
    if spread <= special.polygamma(1, 500.0):
        return math.exp(mean), 1000.0
    if spread >= special.polygamma(1, 0.05):
        return 0.0, 0.0
    half = float(optimize.brentq(lambda x: float(special.polygamma(1, x)) - spread, 0.05, 500.0))
    return math.exp(mean + float(special.digamma(half)) - math.log(half)), 2 * half


def autocorrelation(residuals: Vector, changes: int) -> float:
    """The lag-1 correlation of what is left after `changes` cuts; 0 if the series is too short to tell."""
    return float(autocorrelations(residuals[None, :], changes)[0])


def autocorrelations(residuals: Vector, changes: int) -> Vector:
    """The lag-1 correlation of each row.

    Cuts take slow waves out of the residuals, so that the correlation found there is too small: by about
    (1 + 3 r) / count without cuts (F. H. C. Marriott, J. A. Pope: Bias in the Estimation of Autocorrelations, Biometrika
    41 (1954)), and by about 4 / count more for each cut (simulated: `python3 -m dispatchbench_reports.histories.power`).
    """
    rows, count = residuals.shape
    squares = np.sum(residuals**2, axis=1)
    if count < FEWEST_FOR_AUTOCORRELATION:
        return np.zeros(rows)
    products = np.sum(residuals[:, 1:] * residuals[:, :-1], axis=1)
    found = np.divide(products, squares, out=np.zeros(rows), where=squares > 0)
    corrected: Vector = (found * count + 1 + BIAS_OF_A_CUT * changes) / (count - 3)
    return np.where(squares > 0, corrected, 0.0)


def long_run_factor(correlation: Numbers) -> Numbers:
    """How much larger a level's variance is than in independent noise, taken as AR(1); at least 1."""
    likely = np.clip(correlation, 0.0, LARGEST_AUTOCORRELATION)
    factor: Numbers = (1 + likely) / (1 - likely)
    return factor
