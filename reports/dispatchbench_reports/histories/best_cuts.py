"""The cuts of a series that leave the least sum of squares, exactly.

Dynamic programming as in J. Bai, P. Perron: Computation and Analysis of Multiple Structural Change Models, J. Applied
Econometrics 18 (2003).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

SHORTEST = 3
"""The fewest runs on either side of a change; one or two odd runs are none."""
BLOCK = 64
"""How many ends of segments are looked at together: bounds the memory that a long series needs"""

Vector = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


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


def best_cuts(series: Vector, most: int) -> list[tuple[tuple[int, ...], float]]:
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
