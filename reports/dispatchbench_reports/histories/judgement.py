"""What a history says about now: which series are slower than they were, and in which that can't be told."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Sequence

from dispatchbench_reports.choices import LAST, THRESHOLD, VISIBLE
from dispatchbench_reports.histories.entry import Entry
from dispatchbench_reports.histories.lineage import with_one_branch
from dispatchbench_reports.histories.trends import Trend

CLEARLY = 3.0
"""standard errors between two levels that are not side by side"""


@dataclass(frozen=True)
class SlowDown:
    """A series whose level now is above the best one that it had lately."""

    trend: Trend
    ratio: float
    """level now over the best level"""
    good: Entry
    bad: Entry
    """the first slow run, and the last good one before it"""
    steps: int
    """how many changes lie between the best level and now"""


@dataclass(frozen=True)
class Judgement:
    """The answer of `history check`."""

    slower: tuple[SlowDown, ...]
    unclear: tuple[Trend, ...]
    """current series in which a slow-down of the size that has to be visible could have been missed"""
    failed: tuple[Entry, ...]
    """benchmarks that failed in their newest run"""
    ended: tuple[Trend, ...]
    judged: int
    """how many series go on"""
    visible: float
    """the smallest slow-down that would have been found in every series that is not unclear, as a share"""


def judged(
    entries: Sequence[Entry],
    found: Sequence[Trend],
    threshold: float = THRESHOLD,
    last: int = LAST,
    visible: float = VISIBLE,
) -> Judgement:
    """Judges every series that goes on.

    threshold: ignore smaller slow-downs. last: a slow-down has to be among this many runs. visible: a series in which one
    of this size could be missed is unclear. The two sizes are shares.
    """
    current = [trend for trend in found if not trend.ended]
    slower = [slow for trend in current if (slow := slow_down(trend, threshold, last)) is not None]
    slow_series = {slow.trend.last.series for slow in slower}
    others = [trend for trend in current if trend.last.series not in slow_series]
    limit = max(visible, threshold)
    unclear = [trend for trend in others if visible_share(trend) > limit]
    clear = [trend for trend in others if visible_share(trend) <= limit]
    ended = tuple(trend for trend in found if trend.ended)
    return Judgement(
        tuple(slower),
        tuple(unclear),
        tuple(failures(entries, {trend.last.series for trend in ended})),
        ended,
        len(current),
        max((visible_share(trend) for trend in clear), default=math.inf),
    )


def visible_share(trend: Trend) -> float:
    """The smallest slow-down that would be found; infinite if none would."""
    return math.expm1(trend.visible) if trend.visible < 100 else math.inf


def slow_down(trend: Trend, threshold: float, last: int) -> SlowDown | None:
    """The level now against the best one that was in force in the last runs or just before them."""
    bounds, levels = trend.bounds, trend.levels
    begin = max(len(trend.entries) - last - 1, 0)
    lately = [position for position in range(len(levels) - 1) if bounds[position + 1] > begin]
    clear = [position for position in lately if _clearly_slower(trend, position, threshold)]
    if not clear:
        return None
    best = min(clear, key=lambda position: (levels[position], -position))
    good, bad = trend.neighbours(bounds[best + 1])
    return SlowDown(trend, levels[-1] / levels[best], good, bad, len(levels) - 1 - best)


def _clearly_slower(trend: Trend, position: int, threshold: float) -> bool:
    """Whether the level now is above an earlier one by more than the threshold and by more than noise."""
    bounds, levels = trend.bounds, trend.levels
    ratio = levels[-1] / levels[position]
    if ratio <= 1 + threshold:
        return False
    if position == len(levels) - 2:
        return True
    before = bounds[position + 1] - bounds[position]
    after = bounds[-1] - bounds[-2]
    return math.log(ratio) > CLEARLY * trend.deviation * math.sqrt(1 / before + 1 / after)


def failures(entries: Sequence[Entry], ended: set[tuple[str, ...]]) -> list[Entry]:
    """The newest run of every series whose benchmark failed there."""
    newest: dict[tuple[str, ...], Entry] = {}
    for entry in with_one_branch(entries):
        known = newest.get(entry.series)
        if known is None or entry.instant >= known.instant:
            newest[entry.series] = entry
    return [entry for entry in newest.values() if entry.failure and entry.series not in ended]
