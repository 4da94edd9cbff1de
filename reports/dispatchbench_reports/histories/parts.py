"""One change in a part of a series: many levels in turn cancel each other in the whole, but not in short parts.

The parts are the seeded intervals of S. Kovács, P. Bühlmann, H. Li, A. Munk: Seeded Binary Segmentation, Biometrika 110
(2023), with more overlap: the cuts then need no second search.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from dispatchbench_reports.histories.bounded_scores import scores
from dispatchbench_reports.histories.critical_values import critical_log_p
from dispatchbench_reports.histories.noise import (
    LEAST_NOISE,
    Prior,
    autocorrelations,
    long_run_factor,
)

SHORTEST_PART = 16
SHORTEST_SIDE = 5
"""Of a part's cut: three odd runs in a row are not rare among hundreds of runs."""
GROWTH = 2**0.5
"""from one length of parts to the next"""
STARTS = 8
"""parts that begin within the length of one"""

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PartsCut:
    """The cut that stands out most in any part."""

    cut: int
    excess: float
    """by how much the logarithm of its probability is below the bar for a series as long as the part"""


def best_in_parts(values: Vector, prior: Prior) -> PartsCut | None:
    """The cut that stands out most; None if the series is too short to have parts."""
    best: PartsCut | None = None
    # Twice as many parts find twice as often a few runs of one mode beside a few of another, by chance.
    shortest = max(SHORTEST_PART, 2 * math.log2(max(len(values), 1)) + 6)
    while (length := int(shortest)) * GROWTH <= len(values):
        count = -(-(len(values) - length) * STARTS // length) + 1
        starts = np.unique(np.linspace(0, len(values) - length, count).round().astype(np.int64))
        windows = np.lib.stride_tricks.sliding_window_view(values, length)[starts]
        cuts, excess = _cuts(windows, prior)
        place = int(np.argmax(excess))
        if best is None or excess[place] > best.excess:
            best = PartsCut(int(starts[place] + cuts[place]), float(excess[place]))
        shortest *= GROWTH
    return best


def _cuts(windows: Vector, prior: Prior) -> tuple[npt.NDArray[np.int64], Vector]:
    """The best cut of each row, and by how much it exceeds the bar for its length."""
    length = windows.shape[1]
    series = scores(windows, max(LEAST_NOISE, prior.floor))
    series -= series.mean(axis=1, keepdims=True)
    early = np.arange(SHORTEST_SIDE, length - SHORTEST_SIDE + 1)
    sums = np.cumsum(series, axis=1)[:, early - 1]
    explained = sums**2 * (length / (early * (length - early)))
    places = np.argmax(explained, axis=1)
    rows = np.arange(len(windows))
    cuts, found = early[places], explained[rows, places]
    at_cut = sums[rows, places]
    before, after = at_cut / cuts, -at_cut / (length - cuts)
    residuals = series - np.where(
        np.arange(length) < cuts[:, None], before[:, None], after[:, None]
    )
    variance, freedom = prior.moderated(np.sum(residuals**2, axis=1) / (length - 2), length - 2)
    # One short part says next to nothing of the correlation; all of them together do.
    correlation = max(float(np.median(autocorrelations(residuals, 1))), prior.correlation)
    variance = np.maximum(variance * long_run_factor(correlation), LEAST_NOISE**2)
    log_p = stats.f.logsf(found / variance, 1, freedom)
    return cuts, critical_log_p(length, 1) - log_p
