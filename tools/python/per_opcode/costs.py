"""Computes what an opcode costs, with an interval, from the times of programs with and without it."""

from __future__ import annotations

import collections
import dataclasses
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

CONFIDENCE = 0.95


@dataclasses.dataclass(frozen=True)
class Cost:
    """Nanoseconds per execution, over processes."""

    nanoseconds: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half of the interval."""
        return (self.high - self.low) / 2


def of_processes(values: Sequence[float]) -> Cost:
    """Mean and Student's interval; a process is one independent value."""
    import scipy.stats  # Takes half a second to load.

    mean = statistics.fmean(values)
    error = statistics.stdev(values) / len(values) ** 0.5
    reach = float(scipy.stats.t.ppf((1 + CONFIDENCE) / 2, len(values) - 1)) * error
    return Cost(mean, mean - reach, mean + reach)


Times = Mapping[tuple[str, str], Mapping[int, float]]  # (program, backend/library) -> process -> ns


def times_by_process(rows: Iterable[Mapping[str, Any]]) -> Times:
    """The median time of each program on each backend in each process, from the rows of a results file."""
    samples: dict[tuple[str, str], dict[int, list[float]]] = collections.defaultdict(
        lambda: collections.defaultdict(list)
    )
    for row in rows:
        key = (row["workload"], f"{row['backend']}/{row['library']}")
        samples[key][row["process"]].append(row["cpu_time"])
    return {
        key: {process: statistics.median(values) for process, values in processes.items()}
        for key, processes in samples.items()
    }


def cost(times: Times, program: str, without: str, repeated: int, backend: str) -> Cost | None:
    """What one execution of the repeated opcode takes; None if fewer than two processes measured both."""
    longer = times.get((program, backend), {})
    shorter = times.get((without, backend), {})
    both = sorted(longer.keys() & shorter.keys())
    if len(both) < 2:
        return None
    return of_processes([(longer[process] - shorter[process]) / repeated for process in both])
