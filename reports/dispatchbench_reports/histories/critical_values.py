"""How improbable a change's F statistic has to be before it counts as a change.

The best of all cuts is far from 0 in noise alone, so the bars are what few series without a change reach: 1 in 400 for each of
one, two and three cuts and for the parts (parts.py); 1 in 220 and 1 in 110 where there is only room for two or one. Together,
at most about 1 series in 100 reaches one of them.

Simulated over the shapes of noise_shapes.py, by `python3 -m dispatchbench_reports.histories.power critical` and `parts`: the tail of
the shape with the lowest, by an exponential fit, of 1,000 series per shape up to 50 runs and fewer beyond (PARTS: 400). From
13 runs on each value is the mean of the simulated one and its two neighbours in the table. Those of 2,000 runs are older
ones, of scores bounded at 4.

Below twelve runs the autocorrelation isn't estimated, so the bars allow for one up to 0.6; from there on for what the
estimate misses at 0.3: up to 2.2 % of series alarm at 0.6. Not in it, because no bar would help: short series that jump
between two modes, of which up to 3.4 % alarm (reports/history.md).
"""

from __future__ import annotations

import math

import numpy as np

MOST_CHANGES = 3
"""How many changes a segment is tested for at once"""

# Logarithms of F's tail probability by number of runs. From twelve runs on, the autocorrelation is estimated too, which
# costs freedom that F doesn't know of.
ONE_CUT = {
    6: -5.74, 7: -7.67, 8: -7.90, 9: -9.83, 10: -11.10, 11: -10.72, 12: -6.92, 13: -8.03, 14: -8.56, 16: -9.14,
    20: -9.32, 25: -10.07, 35: -10.43, 50: -10.11, 100: -10.76, 200: -11.62, 500: -12.36, 2000: -12.04,
}  # fmt: skip
TWO_CUTS = {
    9: -8.50, 10: -9.45, 11: -9.83, 12: -5.29, 13: -6.60, 14: -7.32, 16: -8.33,
    20: -9.37, 25: -10.99, 35: -12.58, 50: -13.43, 100: -14.42, 200: -16.77, 500: -19.04, 2000: -20.92,
}  # fmt: skip
THREE_CUTS = {
    12: -1.23, 13: -2.29, 14: -3.46, 16: -5.45,
    20: -7.32, 25: -9.70, 35: -11.81, 50: -13.47, 100: -15.34, 200: -18.50, 500: -21.06, 2000: -22.55,
}  # fmt: skip
TABLES = {1: ONE_CUT, 2: TWO_CUTS, 3: THREE_CUTS}
PARTS = {24: 2.8, 35: 6.1, 50: 3.8, 100: 7.0, 200: 11.2, 500: 13.0, 2000: 13.0}
"""By how much the best cut of any part exceeds ONE_CUT for the part's length"""


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
