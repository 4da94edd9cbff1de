"""What `history check` finds in simulated series, and how often it alarms for nothing: `python3 -m dispatchbench_reports.histories.power`.

    power          share of steps found, by length, size, outliers and autocorrelation, as a Markdown table
    false-alarms   share of series without a change in which one is found, by the shape of the noise
    critical       the bars of critical_values.py, by number of runs
    margins        the margins of visible_changes.py, by number of runs and shape; depend on those
    parts          its bars for parts; depends on those
"""

from __future__ import annotations

import argparse
import itertools
import math
from typing import Callable, Sequence

import numpy as np
import numpy.typing as npt

from dispatchbench_reports.choices import LAST
from dispatchbench_reports.histories.best_cuts import SHORTEST
from dispatchbench_reports.histories.change_points import candidates, change_points
from dispatchbench_reports.histories.critical_values import MOST_CHANGES
from dispatchbench_reports.histories.noise import FEWEST_FOR_AUTOCORRELATION, NO_PRIOR
from dispatchbench_reports.histories.noise_shapes import (
    DEVIATION,
    OUTLIER,
    OUTLIER_SHARE,
    SHAPES,
    autoregressive,
)
from dispatchbench_reports.histories.parts import best_in_parts
from dispatchbench_reports.histories.placing import noise_around, odd_runs
from dispatchbench_reports.histories.visible_changes import (
    FEWEST_WITH_ODD_RUNS,
    MOST_ODD,
    runs_after,
    standard_errors,
)

Vector = npt.NDArray[np.float64]
Shape = Callable[[np.random.Generator, int], Vector]

LENGTHS = ((3, 3), (5, 5), (10, 10), (12, 10, 12), (30, 10), (30, 3))
"""runs of each level: the second one is slower, a third one is as fast as the first"""
STEPS = (0.01, 0.02, 0.05, 0.10, 0.20, 0.40)
NULL_LENGTHS = (6, 10, 20, 40, 100, 500)
SHARES = {1: 0.009, 2: 0.0045, 3: 0.0025}
"""of series without a step that reach each bar, by how many cuts there is room for (and parts, where there is room for
three): together, fewer than one in a hundred"""
FEWEST_FOR_MODES = 15
TWO_MODES = frozenset(name for name in SHAPES if name.startswith("two modes"))
STRONGLY_CORRELATED = frozenset(name for name in SHAPES if name.endswith(("0.5", "0.6")))
ODD_RUNS = "5 % outliers of +50 %"
TAIL = 0.05
NINE_IN_TEN = 0.9
MOST_ERRORS = 50.0
TOLERANCE = 2
"""runs between a step and the change that is found for it"""


def stepped(noise: Vector, lengths: Sequence[int], step: float) -> Vector:
    """Noise with the levels added."""
    values = noise.copy()
    values[lengths[0] : lengths[0] + lengths[1]] += np.log1p(step)
    return values


def all_found(values: Vector, lengths: Sequence[int]) -> bool:
    """Whether every step has a change close by."""
    steps = np.cumsum(lengths)[:-1]
    found = change_points(values.tolist())
    return all(any(abs(change - step) <= TOLERANCE for change in found) for step in steps)


def power(
    lengths: Sequence[int],
    step: float,
    outliers: bool,
    correlation: float,
    series: int,
    seed: int = 1,
) -> float:
    """The share of series in which all steps are found."""
    random = np.random.default_rng([seed, *lengths, int(step * 1000), outliers])
    noise = autoregressive(correlation)
    runs = sum(lengths)
    hits = 0
    for _ in range(series):
        values = stepped(noise(random, runs), lengths, step)
        if outliers:
            values += OUTLIER * (random.random(runs) < OUTLIER_SHARE)
        hits += all_found(values, lengths)
    return hits / series


def false_alarms(shape: Shape, runs: int, series: int, seed: int = 2) -> float:
    """The share of series without a step in which a change is found."""
    random = np.random.default_rng([seed, runs])
    return sum(bool(change_points(shape(random, runs).tolist())) for _ in range(series)) / series


def series_for(runs: int, series: int) -> int:
    """Fewer series of more than 50 runs, at least 200: they take longer."""
    return min(series, max(series * 50 // max(runs, 50), 200))


def usable_shapes(runs: int) -> list[Shape]:
    """The shapes that decide the bars.

    Where the autocorrelation can't be estimated, the bars allow for much of it; elsewhere for what the estimate misses if
    there is a little. Of short series at two levels, chance alone makes some look like a clean step, whatever the bar is.
    """
    left_out = STRONGLY_CORRELATED if runs >= FEWEST_FOR_AUTOCORRELATION else TWO_MODES
    if FEWEST_FOR_AUTOCORRELATION <= runs < FEWEST_FOR_MODES:
        left_out = left_out | TWO_MODES
    return [shape for name, shape in SHAPES.items() if name not in left_out]


def tail(values: Vector, share: float) -> float:
    """What this share of the values is below, by an exponential fit to the lowest 5 %.

    Peaks over a threshold: J. Pickands: Statistical Inference Using Extreme Order Statistics, Annals of Statistics 3 (1975).
    """
    threshold = float(np.quantile(values, TAIL))
    return threshold - float(np.mean(threshold - values[values < threshold])) * math.log(
        TAIL / share
    )


def margin(shape: Shape, runs: int, series: int, odd: bool, seed: int = 5) -> float:
    """How many standard errors, beyond what is found every second time, a step needs to be found nine times in ten.

    odd: of series with some odd runs, else of such without. The errors are those that each series' own noise gives, as
    `history check` takes them.
    """
    random = np.random.default_rng([seed, runs])
    after = runs_after(runs, LAST)
    needed: list[float] = []
    while len(needed) < series:
        noise = shape(random, runs)
        some = odd_runs(noise.tolist(), ())
        if bool(some) != odd or some > MOST_ODD * runs:
            continue
        error = noise_around(noise.tolist(), ()) * math.sqrt(1 / after + 1 / (runs - after))
        missed, found = 0.0, MOST_ERRORS
        while found - missed > 0.2:
            middle = (missed + found) / 2
            values = noise + middle * error * (np.arange(runs) >= runs - after)
            if any(abs(cut - runs + after) <= TOLERANCE for cut in change_points(values.tolist())):
                found = middle
            else:
                missed = middle
        needed.append(found)
    return float(np.quantile(needed, NINE_IN_TEN)) - standard_errors(runs)


def critical(runs: int, series: int, share: float, seed: int = 3) -> list[float]:
    """For one, two and three cuts: the logarithm of the probability that this share of series without a step reaches, of
    the noise shape where it is lowest."""
    found = []
    for number, shape in enumerate(usable_shapes(runs)):
        random = np.random.default_rng([seed, runs, number])
        log_p = [[split.log_p for split in candidates(shape(random, runs))] for _ in range(series)]
        found.append([tail(column, share) for column in np.array(log_p).T])
    return [float(value) for value in np.min(found, axis=0)]


def critical_of_parts(runs: int, series: int, share: float, seed: int = 4) -> float:
    """The excess that the best cut of any part has in this share of series without a step."""
    found = []
    for number, shape in enumerate(usable_shapes(runs)):
        random = np.random.default_rng([seed, runs, number])
        bests = [best_in_parts(shape(random, runs), NO_PRIOR) for _ in range(series)]
        found.append(-tail(np.array([-best.excess for best in bests if best]), share))
    return max(found)


def _print_power(series: int, seed: int) -> None:
    print("| runs | outliers | autocorrelation | " + " | ".join(f"{s:.0%}" for s in STEPS) + " |")
    print("| --- | --- | ---: |" + " ---: |" * len(STEPS))
    for lengths in LENGTHS:
        for outliers in (False, True):
            for correlation in (0.0, 0.5):
                shares = [power(lengths, s, outliers, correlation, series, seed) for s in STEPS]
                cells = [
                    "+".join(map(str, lengths)),
                    f"{OUTLIER_SHARE:.0%}" if outliers else "none",
                    f"{correlation:g}",
                    *(f"{share * 100:.0f}" for share in shares),
                ]
                print(f"| {' | '.join(cells)} |", flush=True)


def _print_false_alarms(series: int, seed: int) -> None:
    print("| noise | " + " | ".join(f"{runs} runs" for runs in NULL_LENGTHS) + " |")
    print("| --- |" + " ---: |" * len(NULL_LENGTHS))
    for name, shape in SHAPES.items():
        shares = [
            false_alarms(shape, runs, series_for(runs, series), seed) for runs in NULL_LENGTHS
        ]
        print(f"| {name} | {' | '.join(f'{share * 100:.1f}' for share in shares)} |", flush=True)


def _print_critical(lengths: Sequence[int], series: int) -> None:
    for runs in lengths:
        cuts = min(MOST_CHANGES, runs // SHORTEST - 1)
        number = series_for(runs, series)
        found = critical(runs, number, SHARES[cuts])
        print(runs, number, *(f"{value:.2f}" for value in found), flush=True)


def _print_critical_of_parts(lengths: Sequence[int], series: int) -> None:
    for runs in lengths:
        number = series_for(runs, series)
        print(runs, number, f"{critical_of_parts(runs, number, SHARES[3]):.2f}", flush=True)


def _print_margins(lengths: Sequence[int], series: int) -> None:
    for runs, odd, (name, shape) in itertools.product(lengths, (False, True), SHAPES.items()):
        # In the other shapes odd runs are too rare to wait for, and in short series one is too many.
        if name == ODD_RUNS and runs >= FEWEST_WITH_ODD_RUNS if odd else name not in TWO_MODES:
            print(runs, f"{margin(shape, runs, series, odd):.1f}", name, odd, flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints one of the three tables."""
    parser = argparse.ArgumentParser(
        prog="python3 -m dispatchbench_reports.histories.power",
        description=f"Simulates series with noise of {DEVIATION:.1%} between runs.",
    )
    parser.add_argument("what", choices=("power", "false-alarms", "critical", "parts", "margins"))
    parser.add_argument("--series", type=int, default=1000, help="per figure (default: 1000)")
    parser.add_argument(
        "--runs", type=int, nargs="+", default=[6, 12, 30, 100], help="of critical, parts, margins"
    )
    parser.add_argument("--seed", type=int, default=1, help="of power and false-alarms")
    found = parser.parse_args(arguments)
    if found.what == "power":
        _print_power(found.series, found.seed)
    elif found.what == "false-alarms":
        _print_false_alarms(found.series, found.seed)
    elif found.what == "critical":
        _print_critical(found.runs, found.series)
    elif found.what == "margins":
        _print_margins(found.runs, found.series)
    else:
        _print_critical_of_parts(found.runs, found.series)


if __name__ == "__main__":
    main()
