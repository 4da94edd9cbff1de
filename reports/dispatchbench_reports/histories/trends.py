"""The series of a history with their changes of level."""

from __future__ import annotations

import datetime
import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import Iterable, Mapping, Sequence

from dispatchbench_reports import estimates
from dispatchbench_reports.choices import LAST
from dispatchbench_reports.histories.change_points import (
    FEWEST_RUNS,
    change_points,
    residual_variance,
)
from dispatchbench_reports.histories.entry import Entry
from dispatchbench_reports.histories.lineage import in_order, with_one_branch
from dispatchbench_reports.histories.noise import NO_PRIOR, Prior, pooled
from dispatchbench_reports.histories.placing import noise_around, odd_runs
from dispatchbench_reports.histories.visible_changes import visible_change

FEWEST_FOR_PRIOR = 5
ENDED_AFTER = 5
"""A series has ended if its machine has this many newer runs of its branch without it."""
PAUSES = 5
"""Or if the history went on for this many times its longest pause."""
ALL_ENDED_AFTER = 20
REACH = 3.9199
"""A 95 % interval is this many standard errors wide."""


@dataclass(frozen=True)
class Change:
    """A change in a series, from the run at this index on."""

    index: int
    ratio: float
    """level from here on over the level before, both medians of their segments"""


@dataclass(frozen=True)
class Trend:
    """One series with its changes: the runs in which its benchmark was measured, oldest first."""

    entries: tuple[Entry, ...]
    changes: tuple[Change, ...]
    deviation: float = math.inf
    """of the noise between runs, as a logarithm"""
    visible: float = math.inf
    """the smallest slow-down (as a logarithm) among the last runs that would be found; infinite if there is none"""
    ended: str = ""
    """why the series has ended; empty if it goes on"""

    @property
    def last(self) -> Entry:
        return self.entries[-1]

    @property
    def name(self) -> str:
        return self.last.name

    @property
    def times(self) -> tuple[float, ...]:
        return tuple(_time(entry) for entry in self.entries)

    @property
    def bounds(self) -> tuple[int, ...]:
        """Where each level begins, and the number of runs."""
        return (0, *(change.index for change in self.changes), len(self.entries))

    @property
    def levels(self) -> tuple[float, ...]:
        """The median time of each level."""
        times = self.times
        return tuple(
            estimates.median(times[begin:end]) for begin, end in zip(self.bounds, self.bounds[1:])
        )

    @property
    def too_short(self) -> bool:
        return len(self.entries) < FEWEST_RUNS

    def neighbours(self, index: int) -> tuple[Entry, Entry]:
        """The last run before a change and the first one after it; odd runs, which follow neither level, are passed
        over."""
        bounds, levels, times = self.bounds, self.levels, self.times
        position = bounds.index(index)

        def usual(run: int, level: float) -> bool:
            return abs(math.log(times[run] / level)) <= 4 * self.deviation

        before = range(index - 1, bounds[position - 1] - 1, -1)
        after = range(index, bounds[position + 1])
        good = next((run for run in before if usual(run, levels[position - 1])), index - 1)
        bad = next((run for run in after if usual(run, levels[position])), index)
        return self.entries[good], self.entries[bad]


def _time(entry: Entry) -> float:
    """The time of an entry that has one."""
    assert entry.ns_per_vm_instruction is not None
    return entry.ns_per_vm_instruction


def _within_runs(entries: Sequence[Entry]) -> float:
    """The standard error that the intervals within the runs give, as a logarithm; 0 if there are none."""
    squares = [
        (math.log(entry.high / entry.low) / REACH) ** 2
        for entry in entries
        if entry.low is not None and entry.high is not None
    ]
    return math.sqrt(estimates.median(squares)) if squares else 0.0


def _priors(by_series: Mapping[tuple[str, ...], Sequence[Entry]]) -> dict[tuple[str, ...], Prior]:
    """What all series of a machine say about the noise of each."""
    machines: dict[str, list[tuple[str, ...]]] = {}
    for key, entries in by_series.items():
        if len(entries) >= FEWEST_RUNS:
            machines.setdefault(key[0], []).append(key)
    found: dict[tuple[str, ...], Prior] = {}
    for keys in machines.values():
        within = [_within_runs(by_series[key]) for key in keys]
        own = [residual_variance(_logs(by_series[key])) for key in keys]
        # Where every series has intervals, the noise between runs is taken relative to that within them.
        scales = [width**2 for width in within] if all(within) else [1.0] * len(keys)
        usual, freedom = pooled(
            [variance / scale for (variance, _, _), scale in zip(own, scales)],
            [freedom for _, freedom, _ in own],
        )
        long = [r for (_, _, r), key in zip(own, keys) if len(by_series[key]) >= 2 * FEWEST_RUNS]
        correlation = estimates.median(long) if len(long) >= FEWEST_FOR_PRIOR else 0.0
        for key, width, scale in zip(keys, within, scales):
            found[key] = Prior(usual * scale, freedom, width, correlation)
    return found


def _logs(entries: Iterable[Entry]) -> list[float]:
    return [math.log(_time(entry)) for entry in entries]


def trends(entries: Sequence[Entry], last: int = LAST) -> list[Trend]:
    """Every series in order with its changes, found in the logs of its times.

    last: within how many runs a slow-down has to be visible.
    """
    by_series: dict[tuple[str, ...], list[Entry]] = {}
    entries = with_one_branch(entries)
    for entry in entries:
        if entry.ns_per_vm_instruction is not None:
            by_series.setdefault(entry.series, []).append(entry)
    by_series = {key: in_order(series) for key, series in by_series.items()}
    priors = _priors(by_series)
    ends = _Ends(entries)
    found = []
    for key, series in by_series.items():
        prior = priors.get(key, NO_PRIOR)
        logs = _logs(series)
        starts = change_points(logs, prior)
        bounds = [0, *starts, len(series)]
        changes = []
        for position, start in enumerate(starts):
            before = estimates.median(logs[bounds[position] : start])
            after = estimates.median(logs[start : bounds[position + 2]])
            changes.append(Change(start, math.exp(after - before)))
        deviation = noise_around(logs, starts, prior) if len(series) >= FEWEST_RUNS else math.inf
        visible = visible_change(len(series), last, deviation, odd_runs(logs, starts, prior), prior)
        found.append(Trend(tuple(series), tuple(changes), deviation, visible, ends.of(series)))
    return found


class _Ends:
    """Tells series that have ended from those that go on."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._newest: dict[tuple[str, ...], Entry] = {}
        self._runs: dict[tuple[str, str], set[tuple[datetime.datetime, str]]] = {}
        self._first: dict[tuple[str, ...], Entry] = {}
        for entry in entries:
            first = self._first.setdefault(entry.series, entry)
            if entry.instant < first.instant:
                self._first[entry.series] = entry
            self._runs.setdefault((entry.fingerprint, entry.branch), set()).add(entry.run)
            bench = (entry.fingerprint, *entry.place)
            if bench not in self._newest or entry.instant > self._newest[bench].instant:
                self._newest[bench] = entry
        self._instants = {
            key: sorted(instant for instant, _ in runs) for key, runs in self._runs.items()
        }
        self._all = sorted({entry.run for entry in entries})

    def of(self, series: Sequence[Entry]) -> str:
        """Why a series has ended; empty if it goes on."""
        last = max(series, key=lambda entry: entry.instant)
        newest = self._newest[(last.fingerprint, *last.place)]
        if newest.series != last.series and newest.instant > last.instant:
            what = "compiler" if newest.compiler != last.compiler else "set of flags"
            return f"another {what} since {self._first[newest.series].date[:10]}"
        runs = self._instants[last.fingerprint, last.branch]
        newer = len(runs) - bisect_right(runs, last.instant)
        if newer >= ENDED_AFTER:
            return f"not in the last {newer} runs of its machine"
        others = len(self._all) - bisect_right(self._all, last.instant, key=lambda run: run[0])
        instants = sorted(entry.instant for entry in series)
        pauses = [late - early for early, late in zip(instants, instants[1:])]
        if others >= ENDED_AFTER and (
            self._all[-1][0] - last.instant > PAUSES * max(pauses)
            if pauses
            else others >= ALL_ENDED_AFTER
        ):
            return f"its machine or branch is not in the last {others} runs"
        return ""
