"""How improbable a change's F statistic has to be before it counts as a change.

The best of all cuts is far from 0 in noise alone, so the bars are what few series without a change reach: 1 in 400 for each of
one, two and three cuts and for the parts (parts.py); 1 in 220 and 1 in 110 where there is only room for two or one. Together,
at most about 1 series in 100 reaches one of them.

Simulated over the shapes of noise_shapes.py, by `python3 -m dispatchbench_reports.power critical` and `parts`: the tail of
the shape with the lowest, by an exponential fit, of 2,500 series per shape up to 14 runs, 1,000 up to 50 and fewer beyond.
Below twelve runs the autocorrelation isn't estimated, so the bars allow for one up to 0.6; from there on for what the
estimate misses at 0.3. Not in it, because no bar would help: short series that jump between two modes.
"""

from __future__ import annotations

import math

import numpy as np

MOST_CHANGES = 3
"""How many changes a segment is tested for at once"""

# Logarithms of F's tail probability by number of runs. From twelve runs on, the autocorrelation is estimated too, which
# costs freedom that F doesn't know of.
ONE_CUT = {
    6: -5.86, 7: -7.67, 8: -8.15, 9: -9.92, 10: -11.21, 11: -10.75, 12: -7.55, 13: -8.12, 14: -8.45, 16: -8.46,
    20: -8.91, 25: -10.76, 35: -10.66, 50: -9.74, 100: -9.64, 200: -11.19, 500: -12.07, 2000: -12.04,
}  # fmt: skip
TWO_CUTS = {
    9: -8.27, 10: -9.67, 11: -10.10, 12: -5.65, 13: -6.38, 14: -7.22, 16: -7.39,
    20: -9.00, 25: -11.46, 35: -12.30, 50: -12.75, 100: -12.66, 200: -13.81, 500: -18.09, 2000: -20.92,
}  # fmt: skip
THREE_CUTS = {
    12: -1.33, 13: -1.95, 14: -3.38, 16: -4.76,
    20: -7.24, 25: -9.96, 35: -11.92, 50: -13.68, 100: -14.06, 200: -15.80, 500: -21.93, 2000: -22.55,
}  # fmt: skip
TABLES = {1: ONE_CUT, 2: TWO_CUTS, 3: THREE_CUTS}
PARTS = {24: 3.0, 2000: 6.0}
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
