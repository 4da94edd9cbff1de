"""Scores that a single odd run counts little in, and the noise that they are bounded by."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dispatchbench_reports.histories.noise import LEAST_NOISE

FEWEST_FOR_DENSEST = 10
"""With fewer runs, half of them say too little of the noise."""
CLIP = 4.5
"""Where scores are cut off, in robust standard deviations"""

Vector = npt.NDArray[np.float64]


def robust_deviation(values: Vector, least: float = LEAST_NOISE) -> float:
    """The median distance from the median, scaled to a normal standard deviation."""
    return max(float(1.4826 * np.median(np.abs(values - np.median(values)))), least)


def scores(values: Vector, least: float = LEAST_NOISE) -> Vector:
    """Distances from the median, cut off at four and a half robust deviations; rows are independent series of the same length.

    The deviation is the smaller one of two: the median distance from the median, and the length of the shortest interval
    that holds half of the values, scaled likewise. Of two equally long levels the latter is the noise of one, where the
    median distance is half their distance. (P. J. Rousseeuw, A. M. Leroy: A Robust Scale Estimator Based on the Shortest
    Half, Statistica Neerlandica 42 (1988); the term in the count makes up for the bias of few values, from simulation.)
    """
    count = values.shape[-1]
    distances = values - np.median(values, axis=-1, keepdims=True)
    deviation = 1.4826 * np.median(np.abs(distances), axis=-1, keepdims=True)
    if count >= FEWEST_FOR_DENSEST:
        ordered = np.sort(distances, axis=-1)
        half = (count + 1) // 2
        widths = ordered[..., half - 1 :] - ordered[..., : count - half + 1]
        densest = np.min(widths, axis=-1, keepdims=True) / 1.349 * (1 + 6 / count)
        deviation = np.minimum(deviation, densest)
    reach = CLIP * np.maximum(deviation, least)
    bounded: Vector = np.clip(distances, -reach, reach)
    return bounded
