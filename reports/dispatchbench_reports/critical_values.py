"""How improbable a change's F statistic has to be before it counts as a change.

The best of all cuts is far from 0 in noise alone, so the bar is what few series without a change reach (1 in 450 for each of
one, two and three cuts; 1 in 330 and 1 in 200 where there is only room for two or one): simulated over the noise shapes of noise_shapes.py, by `python3 -m
dispatchbench_reports.power critical`. Together, fewer than 1 series in 100 reaches one of the three.
"""

from __future__ import annotations

import math

import numpy as np

MOST_CHANGES = 3
"""How many changes a segment is tested for at once"""

# Logarithms of F's tail probability by number of runs. From twelve runs on, the autocorrelation is estimated too, which
# costs freedom that F doesn't know of.
ONE_CUT = {
    6: -5.34, 7: -6.05, 8: -6.32, 9: -7.43, 10: -7.47, 11: -7.76, 12: -6.8, 13: -6.83, 14: -7.3, 16: -8.2,
    20: -8.6, 25: -8.9, 35: -9.2, 50: -9.8, 100: -10.3, 200: -11.2, 500: -12.2, 2000: -13.5,
}  # fmt: skip
TWO_CUTS = {
    9: -6.0, 10: -6.71, 11: -7.65, 12: -4.96, 13: -5.54, 14: -6.2, 16: -7.6,
    20: -9.0, 25: -10.4, 35: -11.2, 50: -12.3, 100: -13.4, 200: -15.0, 500: -16.5, 2000: -19.0,
}  # fmt: skip
THREE_CUTS = {
    12: -1.49, 13: -2.31, 14: -3.6, 16: -6.3,
    20: -8.0, 25: -9.2, 35: -10.9, 50: -13.1, 100: -15.0, 200: -17.0, 500: -20.1, 2000: -24.0,
}  # fmt: skip
PARTS = {23: 3.0, 2000: 6.0}
TABLES = {1: ONE_CUT, 2: TWO_CUTS, 3: THREE_CUTS}


def critical_log_p(runs: int, changes: int) -> float:
    """The logarithm of the tail probability below which this many changes among so many runs count."""
    table = TABLES[changes]
    return float(
        np.interp(math.log(runs), [math.log(count) for count in table], list(table.values()))
    )


def critical_excess(runs: int) -> float:
    """By how much the best cut of any part of so many runs has to exceed the bar of its part."""
    lengths = [math.log(count) for count in PARTS]
    return float(np.interp(math.log(runs), lengths, list(PARTS.values())))
