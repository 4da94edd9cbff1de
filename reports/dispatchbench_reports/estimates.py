"""Medians, ratios, geometric means and their intervals. The process is the statistical unit."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Iterable, Mapping, Sequence

import numpy as np
from scipy import stats

from dispatchbench_reports.results import Clock, Column, Study

CONFIDENCE = 0.95
RESAMPLES = 4999

RATIO_METHOD = (
    "ratios: per process the ratio of medians to the baseline of the same workload, library and process; "
    "95 % Student-t interval on the log ratio over processes"
)
GEOMETRIC_MEAN_METHOD = "geometric mean: per process the mean log ratio over workloads, then the same interval over processes"
TIME_METHOD = (
    "times: median of the process medians; 95 % percentile bootstrap interval over processes"
)


@dataclass(frozen=True)
class Estimate:
    """A value with its interval; low and high are None when one process leaves no interval."""

    value: float
    low: float | None
    high: float | None
    processes: int
    samples: int

    def resolved_from(self, reference: float) -> bool:
        """Whether the interval leaves out the reference."""
        return (
            self.low is not None
            and self.high is not None
            and not self.low <= reference <= self.high
        )


@functools.cache
def t_quantile(degrees: int) -> float:
    """The two-sided Student-t quantile at CONFIDENCE."""
    return float(stats.t.ppf(0.5 + CONFIDENCE / 2, degrees))


def interval_of_logs(logs: Sequence[float], samples: int) -> Estimate:
    """exp of the mean of logs, with a Student-t interval where there are two processes or more."""
    count = len(logs)
    mean = math.fsum(logs) / count
    if count < 2:
        return Estimate(math.exp(mean), None, None, count, samples)
    deviation = math.sqrt(math.fsum((log - mean) ** 2 for log in logs) / (count - 1))
    reach = t_quantile(count - 1) * deviation / math.sqrt(count)
    return Estimate(
        math.exp(mean),
        math.exp(min(mean - reach, 700)),
        math.exp(min(mean + reach, 700)),
        count,
        samples,
    )


def median(samples: Iterable[float]) -> float:
    ordered = sorted(samples)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def process_medians(
    study: Study, column: Column, workload: str, backend: str, clock: Clock = "cpu"
) -> dict[int, float]:
    """ns per VM instruction by process; empty where the benchmark was not measured."""
    series = study.find(column, workload, backend)
    if series is None:
        return {}
    return {process: median(samples) for process, samples in series.by_clock(clock).items()}


def log_ratios(
    study: Study, column: Column, workload: str, backend: str, baseline: str, clock: Clock = "cpu"
) -> dict[int, float]:
    """log(backend / baseline) by process, over the processes that have both."""
    own = process_medians(study, column, workload, backend, clock)
    reference = process_medians(study, column, workload, baseline, clock)
    return {
        process: math.log(own[process] / reference[process])
        for process in own
        if process in reference
    }


def ratio(
    study: Study, column: Column, workload: str, backend: str, baseline: str, clock: Clock = "cpu"
) -> Estimate | None:
    """The ratio of one benchmark to its baseline; None where either was not measured."""
    logs = log_ratios(study, column, workload, backend, baseline, clock)
    series = study.find(column, workload, backend)
    if not logs or series is None:
        return None
    return interval_of_logs(list(logs.values()), series.sample_count)


def compared_workloads(
    study: Study, column: Column, backend: str, baseline: str
) -> tuple[str, ...]:
    return tuple(
        workload
        for workload in study.workloads
        if log_ratios(study, column, workload, backend, baseline)
    )


def geometric_mean(
    study: Study, column: Column, backend: str, baseline: str, clock: Clock = "cpu"
) -> Estimate | None:
    """The geometric mean of the ratios over the workloads that have both, over the processes that have all of those."""
    rows = [
        logs
        for workload in study.workloads
        if (logs := log_ratios(study, column, workload, backend, baseline, clock))
    ]
    if not rows:
        return None
    shared = sorted(set.intersection(*(set(row) for row in rows)))
    if not shared:
        return None
    samples = sum(
        series.sample_count
        for workload in study.workloads
        if (series := study.find(column, workload, backend)) is not None
    )
    return interval_of_logs(
        [math.fsum(row[process] for row in rows) / len(rows) for process in shared], samples
    )


@functools.lru_cache(maxsize=8)
def times(study: Study, clock: Clock = "cpu") -> dict[tuple[str, str, str], Estimate]:
    """ns per VM instruction of every series, by (column key, workload, backend), with bootstrap intervals."""
    by_size: dict[int, list[tuple[str, str, str]]] = {}
    medians: dict[tuple[str, str, str], list[float]] = {}
    for key, series in study.series.items():
        medians[key] = [median(samples) for samples in series.by_clock(clock).values()]
        by_size.setdefault(len(medians[key]), []).append(key)
    found: dict[tuple[str, str, str], Estimate] = {}
    for size, keys in sorted(by_size.items()):
        table = np.array([medians[key] for key in keys])
        lows: Sequence[float | None] = [None] * len(keys)
        highs: Sequence[float | None] = [None] * len(keys)
        if size >= 2:
            bootstrapped = stats.bootstrap(
                (table,),
                np.median,
                axis=-1,
                n_resamples=RESAMPLES,
                batch=100,
                confidence_level=CONFIDENCE,
                method="percentile",
                # One fixed seed: the same results give the same page, byte for byte.
                random_state=np.random.default_rng(20261122),
            )
            lows = [float(low) for low in np.atleast_1d(bootstrapped.confidence_interval.low)]
            highs = [float(high) for high in np.atleast_1d(bootstrapped.confidence_interval.high)]
        for key, low, high in zip(keys, lows, highs):
            found[key] = Estimate(
                median(medians[key]), low, high, size, study.series[key].sample_count
            )
    return found


@dataclass(frozen=True)
class LayoutSpread:
    """How far the layouts of one library lie apart for one backend and workload."""

    by_layout: Mapping[str, float]
    """ns per VM instruction (median of the process medians) by label"""

    @property
    def spread(self) -> float:
        """Slowest over fastest layout, 1 when they are equal."""
        return max(self.by_layout.values()) / min(self.by_layout.values())


def layout_spread(
    study: Study, column: Column, workload: str, backend: str, clock: Clock = "cpu"
) -> LayoutSpread | None:
    """The spread over two layouts or more (the original among them); None where there are fewer."""
    found: dict[str, float] = {}
    family = (column, *study.layouts_of(column))
    for layout in {layout.key: layout for layout in family}.values():
        medians = process_medians(study, layout, workload, backend, clock)
        if medians:
            found[layout.label] = median(medians.values())
    return LayoutSpread(found) if len(found) >= 2 else None


def within_layout_spread(
    study: Study, column: Column, workload: str, backend: str, baseline: str, clock: Clock = "cpu"
) -> bool:
    """Whether the effect of a backend over the baseline is smaller than what layout alone does to either of them."""
    logs = log_ratios(study, column, workload, backend, baseline, clock)
    spreads = [
        found.spread
        for name in (backend, baseline)
        if (found := layout_spread(study, column, workload, name, clock)) is not None
    ]
    if not logs or not spreads:
        return False
    return abs(math.fsum(logs.values()) / len(logs)) < math.log(max(spreads))
