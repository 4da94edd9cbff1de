"""Where a benchmark goes on under another compiler, set of flags or machine: a new series, which no change point spans."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Sequence

from dispatchbench_reports import estimates
from dispatchbench_reports.histories.entry import Entry
from dispatchbench_reports.histories.trends import Trend
from dispatchbench_reports.machines import is_current, is_other_machine, machine_difference
from dispatchbench_reports.phrases import counted, listed_briefly, percent

COMPARED_RUNS = 10
MOST_NAMED = 4
"""rows in one note"""


@dataclass(frozen=True)
class Continuation:
    """A series that begins where another one of the same benchmark and library ends."""

    before: Trend
    after: Trend

    @property
    def what(self) -> str:
        """What is new."""
        old, new = self.before.last, self.after.entries[0]
        if old.fingerprint != new.fingerprint:
            other = is_other_machine(old.fingerprint, new.fingerprint)
            difference = machine_difference(old.fingerprint, new.fingerprint)
            return f"another {'machine' if other else 'way of measuring'} ({difference})"
        if old.compiler != new.compiler:
            return f"{new.compiler} after {old.compiler}"
        return f"flags {new.flags or 'none'} after {old.flags or 'none'}"

    @property
    def ratio(self) -> float:
        """The first level after over the last level before, of ten runs each at most."""
        before = self.before.times[self.before.bounds[-2] :][-COMPARED_RUNS:]
        after = self.after.times[: self.after.bounds[1]][:COMPARED_RUNS]
        return estimates.median(after) / estimates.median(before)

    @property
    def runs(self) -> tuple[int, int]:
        return (
            min(self.before.bounds[-1] - self.before.bounds[-2], COMPARED_RUNS),
            min(self.after.bounds[1], COMPARED_RUNS),
        )

    @property
    def margin(self) -> float:
        """What noise alone does to the ratio, as a logarithm; infinite if that is unknown."""
        noise = max(
            (
                trend.deviation
                for trend in (self.before, self.after)
                if math.isfinite(trend.deviation)
            ),
            default=math.inf,
        )
        before, after = self.runs
        return 2.6 * noise * math.sqrt(1 / before + 1 / after)


def continuations(found: Sequence[Trend]) -> list[Continuation]:
    """Every series that follows another one of its benchmark, branch and library, which has no later run."""
    by_place: dict[tuple[str, ...], list[Trend]] = {}
    for trend in found:
        by_place.setdefault(trend.last.place, []).append(trend)
    joined = []
    for series in by_place.values():
        series.sort(key=lambda trend: min(entry.instant for entry in trend.entries))
        for index, after in enumerate(series):
            begin = min(entry.instant for entry in after.entries)
            before = [
                trend
                for trend in series[:index]
                if max(entry.instant for entry in trend.entries) < begin
                and _told_apart(trend.last, after.last)
            ]
            if before:
                # Nearest first: the same machine, then the same compiler, then the newest.
                def nearness(trend: Trend) -> tuple[bool, bool, object]:
                    same_machine = trend.last.fingerprint == after.last.fingerprint
                    return (
                        same_machine,
                        trend.last.compiler == after.last.compiler,
                        trend.last.instant,
                    )

                joined.append(Continuation(max(before, key=nearness), after))
    return joined


def _told_apart(before: Entry, after: Entry) -> bool:
    """Whether it is known that the two come from different machines or builds: older fingerprints say too little."""
    same = before.fingerprint == after.fingerprint
    return same or is_current(before.fingerprint) == is_current(after.fingerprint)


def continuation_notes(found: Sequence[Trend]) -> list[str]:
    """A sentence for each kind of new series: what is new, since when, and how the levels compare."""
    by_kind: dict[tuple[str, str], list[Continuation]] = {}
    for joined in continuations(found):
        first = min(joined.after.entries, key=lambda entry: entry.instant)
        by_kind.setdefault((joined.what, first.date[:10]), []).append(joined)
    notes = []
    for (what, date), group in by_kind.items():
        group.sort(key=lambda joined: -abs(math.log(joined.ratio)))
        rows = [f"{joined.after.name} {_compared(joined)}" for joined in group]
        notes.append(
            f"Since {date} {what}: {len(group)} series begin{'s' if len(group) == 1 else ''} anew there "
            f"and {'is' if len(group) == 1 else 'are'} not judged against the runs before. "
            f"The levels after and before: {listed_briefly(rows, MOST_NAMED)}."
        )
    return notes


def _compared(joined: Continuation) -> str:
    before, after = joined.runs
    text = f"{percent(joined.ratio)} ({after} against {counted(before, 'run')}"
    if abs(math.log(joined.ratio)) <= joined.margin:
        text += ", within noise" if math.isfinite(joined.margin) else ", noise unknown"
    return text + ")"
