"""What preparing a program (decoding, compiling) takes of a backend's time: part of every sample, and shown beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dispatchbench_reports.estimates import (
    Estimate,
    compared_workloads,
    interval_of_logs,
    mean_logs,
    median,
)
from dispatchbench_reports.lens import Competitor, Lens
from dispatchbench_reports.study import Clock, Column, Series, Study

LEGEND = "without preparing"
LEAST_VISIBLE = 0.03
"""The share of a mean that a hollow mark needs: with less it would lie behind the filled one."""
LEGEND_SENTENCE = (
    "Hollow beside a geometric mean: without preparing (decoding or compiling the program), over the baseline’s "
    f"whole time, where that saves {100 * LEAST_VISIBLE:g} % or more"
)


@dataclass(frozen=True)
class PrepareShare:
    """The share of CPU time that a backend spends on preparing, from 0 to 1: the median over the workloads, and the
    smallest and largest."""

    value: float
    low: float
    high: float


def _shares(series: Series) -> dict[int, list[float]]:
    """By process the share of each sample that was spent on preparing; empty if the backend doesn't prepare."""
    return {
        process: [part / whole for part, whole in zip(parts, series.cpu[process], strict=True)]
        for process, parts in series.prepare.items()
    }


def prepare_share(study: Study, column: Column, backend: str) -> PrepareShare | None:
    """As the terminal's table says it; None if the backend doesn't prepare."""
    by_workload = [
        median(share for samples in _shares(series).values() for share in samples)
        for workload in study.workloads
        if (series := study.find(column, workload, backend)) is not None and series.prepare
    ]
    if not by_workload:
        return None
    return PrepareShare(median(by_workload), min(by_workload), max(by_workload))


def prepare_notes(study: Study, column: Column) -> list[str]:
    """A note for each backend of a library that prepares: its share of the time."""
    return [
        f"Preparing a program is {100 * share.value:.1f} % of {backend}’s CPU time "
        f"({100 * share.low:.1f} to {100 * share.high:.1f} % by workload)"
        for backend in study.backends
        if (share := prepare_share(study, column, backend)) is not None
    ]


def rest_medians(series: Series) -> dict[int, float]:
    """By process the median of CPU time less what was spent on preparing; empty if the backend doesn't prepare."""
    return {
        process: median(
            whole - part for whole, part in zip(series.cpu[process], parts, strict=True)
        )
        for process, parts in series.prepare.items()
    }


def _logs_saved(series: Series) -> dict[int, float]:
    """By process log(median time without preparing / median time): 0 if the backend doesn't prepare."""
    rests = rest_medians(series)
    wholes = {process: median(samples) for process, samples in series.cpu.items()}
    return {
        process: math.log(rests.get(process, whole) / whole) for process, whole in wholes.items()
    }


def mean_without_preparing(lens: Lens, column: Column, backend: str) -> Estimate | None:
    """The geometric mean of a backend's ratios without what it spends on preparing, over the baseline's whole time.

    None if it doesn't prepare, or so briefly that nobody would see a difference. Of CPU time only: `prepare_time` is a
    part of that.
    """
    reference = lens.reference(column)
    if reference is None or lens.clock is not Clock.CPU:
        return None
    measured = [
        series
        for workload in compared_workloads(lens, column, backend)
        if (series := lens.study.find(column, workload, backend)) is not None
    ]
    whole = mean_logs(lens, Competitor(column, backend), reference)
    if not whole or not any(series.prepare for series in measured):
        return None
    rows = [_logs_saved(series) for series in measured]
    saved = {process: math.fsum(row[process] for row in rows) / len(rows) for process in whole}
    if math.fsum(saved.values()) / len(saved) > math.log(1 - LEAST_VISIBLE):
        return None
    samples = sum(series.sample_count for series in measured)
    logs = [whole[process] + saved[process] for process in whole]
    return interval_of_logs(logs, samples, lens.study.interval_level)
