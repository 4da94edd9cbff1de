"""Medians, ratios, geometric means, layout spreads and their intervals. The process is the statistical unit.

The harness (C++) and the page (JavaScript) compute the same estimates. harness/tests/estimate_cases.json holds samples
with the numbers that all three must find.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Iterable, Mapping, Sequence

import numpy as np
from scipy import stats

from dispatchbench_reports.lens import Competitor, Lens
from dispatchbench_reports.study import Clock, Column, SeriesKey, Study

CONFIDENCE = 0.95
RESAMPLES = 4999

OWN_BASELINE = "the baseline of the same workload, library and process"
ONE_BASELINE = "{baseline} in the same workload and process"
RATIO_INTERVAL = "; 95 % Student-t interval on the log ratio over processes"
NO_INTERVAL = "; a single process gives no interval"


def has_intervals(study: Study) -> bool:
    """Whether any benchmark was measured in two processes or more."""
    return any(len(series.cpu) > 1 for series in study.series.values())


def ratio_methods(study: Study) -> tuple[str, str]:
    """How ratios are computed, with each library's own baseline and with one ("{baseline}") for all."""
    interval = RATIO_INTERVAL if has_intervals(study) else NO_INTERVAL
    own, one = (
        f"ratios: per process the ratio of medians to {what}{interval}"
        for what in (OWN_BASELINE, ONE_BASELINE)
    )
    return own, one


def ratio_method(lens: Lens) -> str:
    """How the ratios of a lens are computed, for captions and notes."""
    own, one = ratio_methods(lens.study)
    return own if lens.baseline.label is None else one.format(baseline=lens.baseline)


def mean_method(study: Study) -> str:
    """How geometric means are computed."""
    then = ", then the same interval over processes" if has_intervals(study) else ""
    return f"geometric mean: per process the mean log ratio over workloads{then}"


def time_method(study: Study) -> str:
    """How times are computed."""
    if not has_intervals(study):
        return "times: the median of the process"
    return "times: median of the process medians; 95 % percentile bootstrap interval over processes"


@dataclass(frozen=True)
class Estimate:
    """A value with its interval; low and high are None if a single process leaves no interval."""

    value: float
    low: float | None
    high: float | None
    processes: int
    samples: int

    def resolved_from(self, reference: float) -> bool:
        """Whether the interval excludes the reference."""
        return (
            self.low is not None
            and self.high is not None
            and not self.low <= reference <= self.high
        )


@functools.cache
def t_quantile(degrees: int, level: float) -> float:
    """The two-sided Student-t quantile at this level."""
    return float(stats.t.ppf(0.5 + level / 2, degrees))


def interval_of_logs(logs: Sequence[float], samples: int, level: float) -> Estimate:
    """exp of the mean of logs, with a Student-t interval if there are at least two processes."""
    count = len(logs)
    mean = math.fsum(logs) / count
    if count < 2:
        return Estimate(math.exp(mean), None, None, count, samples)
    deviation = math.sqrt(math.fsum((log - mean) ** 2 for log in logs) / (count - 1))
    reach = t_quantile(count - 1, level) * deviation / math.sqrt(count)
    return Estimate(
        math.exp(mean),
        math.exp(min(mean - reach, 700)),
        math.exp(min(mean + reach, 700)),
        count,
        samples,
    )


def median(samples: Iterable[float]) -> float:
    """The middle value, or the mean of the two middle ones."""
    ordered = sorted(samples)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def geometric(values: Iterable[float]) -> float:
    """The geometric mean of times or ratios."""
    logs = [math.log(value) for value in values]
    return math.exp(math.fsum(logs) / len(logs))


def process_medians(
    study: Study, clock: Clock, column: Column, workload: str, backend: str
) -> dict[int, float]:
    """ns per VM instruction by process; empty if the benchmark was not measured."""
    series = study.find(column, workload, backend)
    if series is None:
        return {}
    return {process: median(samples) for process, samples in series.by_clock(clock).items()}


def _log_ratios(
    lens: Lens, workload: str, candidate: Competitor, reference: Competitor
) -> dict[int, float]:
    """log(candidate / reference) by process, over the processes that have both."""
    own, other = (
        process_medians(lens.study, lens.clock, competitor.column, workload, competitor.backend)
        for competitor in (candidate, reference)
    )
    return {process: math.log(own[process] / other[process]) for process in own if process in other}


def log_ratios(lens: Lens, column: Column, workload: str, backend: str) -> dict[int, float]:
    """log(backend / baseline) by process; empty if either was not measured."""
    reference = lens.reference(column)
    if reference is None:
        return {}
    return _log_ratios(lens, workload, Competitor(column, backend), reference)


def ratio(lens: Lens, column: Column, workload: str, backend: str) -> Estimate | None:
    """The ratio of one benchmark to its baseline; None if either was not measured."""
    logs = log_ratios(lens, column, workload, backend)
    series = lens.study.find(column, workload, backend)
    if not logs or series is None:
        return None
    return interval_of_logs(list(logs.values()), series.sample_count, lens.study.interval_level)


def compared_workloads(lens: Lens, column: Column, backend: str) -> tuple[str, ...]:
    """The workloads that have both the backend and its baseline."""
    return tuple(
        workload for workload in lens.study.workloads if log_ratios(lens, column, workload, backend)
    )


def geometric_mean(lens: Lens, column: Column, backend: str) -> Estimate | None:
    """The geometric mean of a backend's ratios to its baseline; None if nothing has both."""
    reference = lens.reference(column)
    return mean_ratio(lens, Competitor(column, backend), reference) if reference else None


def mean_logs(lens: Lens, candidate: Competitor, reference: Competitor) -> dict[int, float]:
    """By process the mean log ratio over the workloads that have both, over the processes that have all of those.

    Both must be of one run: processes are paired by number.
    """
    rows = [
        logs
        for workload in lens.study.workloads
        if (logs := _log_ratios(lens, workload, candidate, reference))
    ]
    if not rows:
        return {}
    shared = sorted(set.intersection(*(set(row) for row in rows)))
    return {process: math.fsum(row[process] for row in rows) / len(rows) for process in shared}


def mean_ratio(lens: Lens, candidate: Competitor, reference: Competitor) -> Estimate | None:
    """The geometric mean of the ratios, from mean_logs; None if nothing has both."""
    logs = mean_logs(lens, candidate, reference)
    if not logs:
        return None
    samples = sum(
        series.sample_count
        for workload in lens.study.workloads
        if (series := lens.study.find(candidate.column, workload, candidate.backend)) is not None
    )
    return interval_of_logs(list(logs.values()), samples, lens.study.interval_level)


@functools.lru_cache(maxsize=8)
def times(study: Study, clock: Clock = Clock.CPU) -> dict[SeriesKey, Estimate]:
    """ns per VM instruction of every series, with bootstrap intervals."""
    by_size: dict[int, list[SeriesKey]] = {}
    medians: dict[SeriesKey, list[float]] = {}
    for key, series in study.series.items():
        medians[key] = [median(samples) for samples in series.by_clock(clock).values()]
        by_size.setdefault(len(medians[key]), []).append(key)
    found: dict[SeriesKey, Estimate] = {}
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
                # A fixed seed, so that the same results give the same page, byte for byte.
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
    """How far apart the layouts of one library are, for one backend and workload."""

    by_layout: Mapping[str, float]
    """ns per VM instruction (median of the process medians) by label"""

    @property
    def spread(self) -> float:
        """Slowest over fastest layout; 1 if they are equal."""
        return max(self.by_layout.values()) / min(self.by_layout.values())


def _layout_family(study: Study, column: Column) -> list[Column]:
    """A column and its layout variants; a variant that stands in for a missing original counts once."""
    return list({each.key: each for each in (column, *study.layouts_of(column))}.values())


def layout_spread(
    study: Study, clock: Clock, column: Column, workload: str, backend: str
) -> LayoutSpread | None:
    """The spread over all measured layouts, the original included; None if there are fewer than two."""
    found = {
        layout.label: median(medians.values())
        for layout in _layout_family(study, column)
        if (medians := process_medians(study, clock, layout, workload, backend))
    }
    return LayoutSpread(found) if len(found) >= 2 else None


@dataclass(frozen=True)
class LayoutEffect:
    """What a backend gains over the baseline, next to what layout alone does to either of them."""

    ratio: float
    """Median over the layouts, the original included, of each layout's ratio to the baseline."""
    spread: float
    """The larger of the two layout spreads."""

    @property
    def within_spread(self) -> bool:
        """Whether the effect is smaller than what layout alone does: such rows are marked."""
        return abs(math.log(self.ratio)) < math.log(self.spread)


def layout_effect(lens: Lens, column: Column, workload: str, backend: str) -> LayoutEffect | None:
    """None unless both the backend and its baseline were measured in two layouts or more.

    Each layout is compared with the baseline in the same layout, or with the one baseline of another library.
    """
    reference = lens.reference(column)
    if reference is None or lens.is_reference(column, backend):
        return None
    spreads = [
        layout_spread(lens.study, lens.clock, competitor.column, workload, competitor.backend)
        for competitor in (Competitor(column, backend), reference)
    ]
    ratios = []
    for layout in _layout_family(lens.study, column):
        own = reference.column.key == column.key
        against = Competitor(layout, reference.backend) if own else reference
        if logs := _log_ratios(lens, workload, Competitor(layout, backend), against):
            ratios.append(math.exp(math.fsum(logs.values()) / len(logs)))
    if not ratios or spreads[0] is None or spreads[1] is None:
        return None
    return LayoutEffect(median(ratios), max(spreads[0].spread, spreads[1].spread))


def within_layout_spread(lens: Lens, column: Column, workload: str, backend: str) -> bool:
    """Whether the effect of a backend over its baseline is smaller than what layout alone does to either of them."""
    effect = layout_effect(lens, column, workload, backend)
    return effect is not None and effect.within_spread
