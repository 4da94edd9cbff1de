"""Change points in a series by E-divisive.

Source: D. S. Matteson, N. A. James: A Nonparametric Approach for Multiple Change Point Analysis of Multivariate Data,
Journal of the American Statistical Association 109 (505), 2014; used for performance histories by D. Daly et al.: The
Use of Change Point Detection to Identify Software Performance Regressions in a Continuous Integration System, ICPE 2020.

A few runs can't be significant: among ten runs, about one order in a hundred looks like a clean step. At the significance
used here, a change needs about five runs on either side.
"""

from __future__ import annotations

from typing import Sequence

import numpy as np
import numpy.typing as npt

PERMUTATIONS = 499
SIGNIFICANCE = 0.01
SHORTEST = 3
"""The fewest runs on either side of a change; a single odd run is none."""
FEWEST_RUNS = 10
"""With fewer runs no step can be significant: among nine, about one order in sixty looks like a clean step."""

Matrix = npt.NDArray[np.float64]


def best_split(distances: Matrix, shortest: int = SHORTEST) -> tuple[int, float]:
    """The best cut of a segment by the energy statistic, and the statistic there; (0, 0) if the segment is too short.

    distances: absolute differences between all values of the segment, in order.
    """
    count = distances.shape[0]
    if count < 2 * shortest:
        return 0, 0.0
    total = distances.sum()
    # sums[k]: the sum over the first k rows and columns, for each k
    zero = np.zeros(1)
    sums = np.concatenate((zero, distances.cumsum(axis=0).cumsum(axis=1).diagonal()))
    # strips[k]: the sum over the first k rows and all columns
    strips = np.concatenate((zero, distances.sum(axis=1).cumsum()))
    cut = np.arange(shortest, count - shortest + 1)
    before, after = cut.astype(np.float64), (count - cut).astype(np.float64)
    inside_before = sums[cut]
    between = strips[cut] - inside_before
    inside_after = total - inside_before - 2 * between
    statistic = (
        2 * between / (before * after)
        - inside_before / (before * (before - 1))
        - inside_after / (after * (after - 1))
    ) * (before * after / (before + after))
    best = int(np.argmax(statistic))
    return int(cut[best]), float(statistic[best])


def change_points(
    values: Sequence[float],
    significance: float = SIGNIFICANCE,
    permutations: int = PERMUTATIONS,
    shortest: int = SHORTEST,
) -> list[int]:
    """The indices at which a new segment begins, in order; each passes a permutation test at this significance.

    The permutations come from a fixed seed, so that the same history gives the same answer.
    """
    series = np.asarray(values, dtype=np.float64)
    distances = np.abs(series[:, None] - series[None, :])
    generator = np.random.default_rng(20140101)
    found: list[int] = []
    waiting = [(0, len(series))]
    while waiting:
        begin, end = waiting.pop()
        segment = distances[begin:end, begin:end]
        cut, statistic = best_split(segment, shortest)
        if cut == 0 or statistic <= 0:
            continue
        allowed = int(significance * (permutations + 1)) - 1
        exceeding = 0
        for _ in range(permutations):
            order = generator.permutation(end - begin)
            exceeding += best_split(segment[np.ix_(order, order)], shortest)[1] >= statistic
            if exceeding > allowed:
                break
        if exceeding <= allowed:
            found.append(begin + cut)
            waiting += [(begin, begin + cut), (begin + cut, end)]
    return sorted(found)
