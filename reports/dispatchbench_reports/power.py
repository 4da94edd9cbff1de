"""What `history check` finds in simulated series, and how often it alarms for nothing: `python3 -m dispatchbench_reports.power`.

    power          share of steps found, by length, size, outliers and autocorrelation, as a Markdown table
    false-alarms   share of series without a change in which one is found, by the shape of the noise
    critical       the tables of critical_values.py
"""

from __future__ import annotations

import argparse
from typing import Callable, Sequence

import numpy as np
import numpy.typing as npt

from dispatchbench_reports.change_points import SHORTEST, candidates, change_points
from dispatchbench_reports.critical_values import MOST_CHANGES
from dispatchbench_reports.noise_shapes import (
    AUTOCORRELATED,
    DEVIATION,
    INDEPENDENT,
    OUTLIER,
    OUTLIER_SHARE,
    SHAPES,
    autoregressive,
)

Vector = npt.NDArray[np.float64]

LENGTHS = ((3, 3), (5, 5), (10, 10), (12, 10, 12), (30, 10), (30, 3))
"""runs of each level: the second one is slower, a third one is as fast as the first"""
STEPS = (0.01, 0.02, 0.05, 0.10, 0.20, 0.40)
NULL_LENGTHS = (6, 10, 20, 40, 100, 500)
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


def false_alarms(
    shape: Callable[[np.random.Generator, int], Vector], runs: int, series: int, seed: int = 2
) -> float:
    """The share of series without a step in which a change is found."""
    random = np.random.default_rng([seed, runs])
    return sum(bool(change_points(shape(random, runs).tolist())) for _ in range(series)) / series


def critical(runs: int, series: int, share: float) -> list[float]:
    """For one, two and three cuts: the logarithm of the probability that this share of series without a step reaches."""
    # Of short series at two levels, chance alone makes some look like a clean step, whatever the bar is.
    shapes = [
        shape for name, shape in INDEPENDENT.items() if runs >= 15 or not name.startswith("two")
    ]
    found = []
    for number, shape in enumerate(shapes):
        random = np.random.default_rng([3, runs, number])
        for _ in range(series // len(shapes)):
            found.append([split.log_p for split in candidates(shape(random, runs))])
    return [float(value) for value in np.quantile(np.array(found), share, axis=0)]


def _print_power(series: int) -> None:
    print("| runs | outliers | autocorrelation | " + " | ".join(f"{s:.0%}" for s in STEPS) + " |")
    print("| --- | --- | ---: |" + " ---: |" * len(STEPS))
    for lengths in LENGTHS:
        for outliers in (False, True):
            for correlation in (0.0, 0.5):
                shares = [power(lengths, s, outliers, correlation, series) for s in STEPS]
                cells = [
                    "+".join(map(str, lengths)),
                    f"{OUTLIER_SHARE:.0%}" if outliers else "none",
                    f"{correlation:g}",
                    *(f"{share * 100:.0f}" for share in shares),
                ]
                print(f"| {' | '.join(cells)} |", flush=True)


def _print_false_alarms(series: int) -> None:
    print("| noise | " + " | ".join(f"{runs} runs" for runs in NULL_LENGTHS) + " |")
    print("| --- |" + " ---: |" * len(NULL_LENGTHS))
    for name, shape in SHAPES.items():
        shares = [false_alarms(shape, runs, series) for runs in NULL_LENGTHS]
        print(f"| {name} | {' | '.join(f'{share * 100:.1f}' for share in shares)} |", flush=True)


def _print_critical(lengths: Sequence[int], series: int) -> None:
    for runs in lengths:
        cuts = min(MOST_CHANGES, runs // SHORTEST - 1)
        # Of the three bars each lets this share through, so that all together stay below one in a hundred.
        found = critical(
            runs, max(series * 30 // max(runs, 30), 500), (0.005, 0.003, 0.0022)[cuts - 1]
        )
        print(runs, *(f"{value:.2f}" for value in found), flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints one of the three tables."""
    parser = argparse.ArgumentParser(
        prog="python3 -m dispatchbench_reports.power",
        description=f"Simulates series with noise of {DEVIATION:.1%} between runs.",
    )
    parser.add_argument("what", choices=("power", "false-alarms", "critical"))
    parser.add_argument("--series", type=int, default=1000, help="per figure (default: 1000)")
    parser.add_argument("--runs", type=int, nargs="+", default=[6, 12, 30, 100], help="of critical")
    found = parser.parse_args(arguments)
    if found.what == "power":
        _print_power(found.series)
    elif found.what == "false-alarms":
        _print_false_alarms(found.series)
    else:
        _print_critical(found.runs, found.series)


if __name__ == "__main__":
    main()
