"""What a history says, in sentences and as a table."""

from __future__ import annotations

import math
from typing import Sequence

from dispatchbench_reports.histories.change_points import FEWEST_RUNS
from dispatchbench_reports.histories.continuations import continuation_notes
from dispatchbench_reports.histories.entry import Entry
from dispatchbench_reports.histories.judgement import Judgement, SlowDown, visible_share
from dispatchbench_reports.histories.lineage import with_one_branch
from dispatchbench_reports.histories.trends import Change, Trend
from dispatchbench_reports.machines import LACKING, is_current, machine_labels
from dispatchbench_reports.phrases import counted, distinct, listed_briefly, percent
from dispatchbench_reports.revisions import is_dirty
from dispatchbench_reports.tables import Table
from dispatchbench_reports.wording import time_text

MOST_NAMED = 6
"""series in one sentence"""
LARGEST_SHARE = 10.0
"""of a step that is still worth its number"""
TWO_LEVELS = 1 / 3
"""of a series' range: a gap that noise of one kind hardly leaves"""

METHOD = (
    "Changes: double maximum test for one to three changes of level in the logs of the times, and for one in parts of the "
    "series, on scores bounded at 4.5 standard deviations; at least three runs on either side. False in fewer than 1 of "
    "100 series without one; in up to 4 of 100 short series that jump between two modes, and in up to 3 of 100 if each run is much "
    "like the one before. Only runs of one machine, branch, compiler and set of flags are compared."
)


def share_text(share: float) -> str:
    """A share as a percentage of two digits."""
    if not math.isfinite(share) or share > LARGEST_SHARE:
        return "nothing"
    return f"{share * 100:.0f} %" if share >= 0.0995 else f"{share * 100:.1f} %"


def run_text(entry: Entry) -> str:
    """A run's revision and day, and what makes it doubtful."""
    doubts = ", unsettled" if entry.unsettled else ""
    return f"{entry.revision_text} ({entry.date[:10]}{doubts})"


def change_text(trend: Trend, change: Change) -> str:
    """A change with the runs that it lies between."""
    good, bad = trend.neighbours(change.index)
    return f"{percent(change.ratio)} at {run_text(bad)}, after {run_text(good)}"


def _state_text(trend: Trend) -> str:
    changes = "; ".join(change_text(trend, change) for change in trend.changes) or "none"
    notes = []
    if trend.ended:
        notes.append(f"ended {trend.last.date[:10]}: {trend.ended}")
    elif trend.too_short:
        notes.append(f"too short: {counted(len(trend.entries), 'run')} of {FEWEST_RUNS} needed")
    return f"{changes} ({'; '.join(notes)})" if notes else changes


def change_table(found: Sequence[Trend], entries: Sequence[Entry] = ()) -> Table:
    """One row per series: its runs, its last time, what would be seen, and every change.

    entries: the whole history, for benchmarks that failed.
    """
    labels = machine_labels({trend.last.fingerprint: trend.last.cpu_model for trend in found})
    branches = distinct(trend.last.branch for trend in found)
    rows = [
        (
            trend.name,
            labels[trend.last.fingerprint],
            trend.last.compiler,
            *((trend.last.branch or "unknown",) if branches != [""] else ()),
            str(len(trend.entries)),
            time_text(trend.times[-1]),
            share_text(visible_share(trend)),
            _state_text(trend),
        )
        for trend in found
    ]
    return Table(
        title="History: changes of level",
        header=(
            "benchmark",
            "machine",
            "compiler",
            *(("branch",) if branches != [""] else ()),
            "runs",
            "last, ns per VM instruction",
            "visible",
            "changes",
        ),
        rows=tuple(rows),
        notes=(f"{summary_line(found)}.", *history_notes(found, entries), VISIBLE_NOTE, METHOD),
    )


VISIBLE_NOTE = (
    "visible: the smallest slow-down that would be found nine times in ten if it began 20 runs ago, or in the middle of a "
    "shorter series."
)


def history_notes(found: Sequence[Trend], entries: Sequence[Entry] = ()) -> list[str]:
    """What a reader of the changes has to know besides."""
    runs = {entry.run: entry for trend in found for entry in trend.entries}
    dirty = sum(is_dirty(entry.git_revision) for entry in runs.values())
    unsettled = sum(entry.unsettled for entry in runs.values())
    notes = [*_split_notes(found), *continuation_notes(found)]
    failed = [entry for entry in with_one_branch(entries) if entry.failure]
    if failed:
        newest = max(failed, key=lambda entry: entry.instant)
        names = distinct(entry.name for entry in failed)
        notes.append(
            f"Failed in {counted(len({entry.run for entry in failed}), 'run')}: {listed_briefly(names, MOST_NAMED)}; "
            f"last at {run_text(newest)}: {newest.failure}."
        )
    if dirty:
        notes.append(
            f"{counted(dirty, 'run')} had uncommitted changes: the revision alone doesn't say what was measured."
        )
    if unsettled:
        notes.append(
            f"{counted(unsettled, 'run')} on an unsettled machine: such times count, but are less sure."
        )
    return notes


def _split_notes(found: Sequence[Trend]) -> list[str]:
    """Names series that end where a newer version told their machine apart further."""
    newer = {trend.last.series[1:] for trend in found if is_current(trend.last.fingerprint)}
    ended = [
        trend
        for trend in found
        if not is_current(trend.last.fingerprint) and trend.last.series[1:] in newer
    ]
    if not ended:
        return []
    return [
        f"{len(ended)} series of an older version end where a newer one begins: older runs don't say {LACKING}, so "
        "whether they come from the same machine can't be told."
    ]


def summary_line(found: Sequence[Trend]) -> str:
    """How many changes there are in the series that go on, and the largest; or why there is none."""
    current = [trend for trend in found if not trend.ended]
    ended = len(found) - len(current)
    machines = len({trend.last.fingerprint for trend in current})
    where = f" on {machines} machines" if machines > 1 else ""
    end = f"; {ended} series ended" if ended else ""
    if not current:
        return f"All {len(found)} series ended"
    runs = max(len(trend.entries) for trend in current)
    length = counted(runs, "run") if len(current) == 1 else f"up to {counted(runs, 'run')}"
    changes = [
        (abs(math.log(change.ratio)), trend, change)
        for trend in current
        for change in trend.changes
    ]
    if not changes:
        if runs < FEWEST_RUNS:
            return f"{len(current)} series of {length}{where}: too short to find a change{end}"
        short = sum(trend.too_short for trend in current)
        return (
            f"No change in {len(current) - short} series of {length}{where}"
            + (f"; {short} too short to tell" if short else "")
            + end
        )
    _, trend, change = max(changes, key=lambda entry: entry[0])
    _, bad = trend.neighbours(change.index)
    at = bad.revision_text if bad.git_revision else bad.date[:10]
    slower = sum(change.ratio > 1 for _, _, change in changes)
    kind = ", all faster" if not slower else ""
    if len(changes) == 1:
        return f"1 change{where}: {trend.name} {percent(change.ratio)} at {at}{end}"
    return (
        f"{len(changes)} changes{kind}{where}; the largest: {trend.name} {percent(change.ratio)} at {at}"
        + end
    )


def slow_down_text(slow: SlowDown) -> str:
    """The line of `history check` for a series that is slower."""
    last = slow.trend.last
    where = f"{last.compiler}, {last.cpu_model}" + (
        f", branch {last.branch}" if last.branch else ""
    )
    text = f"slower: {slow.trend.name} {percent(slow.ratio)}, between {run_text(slow.good)} and {run_text(slow.bad)}"
    if slow.steps > 1:
        text += f", {slow.steps} changes since"
    if slow.good.git_revision == slow.bad.git_revision and slow.good.git_revision:
        text += ", which are one revision: the machine or its software changed"
    return f"{text}; {where}"


def judgement_lines(found: Judgement, threshold: float, last: int, visible: float) -> list[str]:
    """Everything that `history check` prints."""
    lines = [slow_down_text(slow) for slow in found.slower]
    if found.failed:
        lines += [
            f"failed: {entry.name} at {run_text(entry)}: {entry.failure}" for entry in found.failed
        ]
    if found.unclear:
        lines.append(f"too short or too noisy to tell: {_unclear_text(found.unclear)}")
    if any(_has_two_levels(trend) for trend in found.unclear):
        lines.append(
            "runs lie at two levels: if they come from two branches, add them with --branch, or check with --repository"
        )
    if found.ended:
        names = [
            f"{trend.name} ({trend.last.compiler}, last run {trend.last.date[:10]}; {trend.ended})"
            for trend in found.ended
        ]
        lines.append(f"ended, not judged: {listed_briefly(names, MOST_NAMED)}")
    clear = found.judged - len(found.slower) - len(found.unclear)
    if not found.judged:
        lines.append("no series goes on: nothing to judge")
    elif clear:
        lines.append(
            f"{clear} of {found.judged} series: not slower by more than {threshold * 100:g} % in the last {last} runs; "
            f"a slow-down of {share_text(max(found.visible, threshold))} would have been found"
        )
    return lines


def _unclear_text(unclear: Sequence[Trend]) -> str:
    names = [
        f"{trend.name} ({counted(len(trend.entries), 'run')}, {FEWEST_RUNS} needed)"
        if trend.too_short
        else f"{trend.name} ({counted(len(trend.entries), 'run')}, {_only_seen(trend)})"
        for trend in unclear
    ]
    return listed_briefly(names, MOST_NAMED)


def _only_seen(trend: Trend) -> str:
    share = visible_share(trend)
    if share > LARGEST_SHARE:
        return "could have missed a slow-down of any size"
    return f"could only have seen changes above {share_text(share)}"


def _has_two_levels(trend: Trend) -> bool:
    """Whether a gap divides the times of the newest level, with a quarter of them or more on either side."""
    times = sorted(trend.times[trend.bounds[-2] :])
    quarter = max(len(times) // 4, 3)
    gaps = [
        math.log(times[index] / times[index - 1])
        for index in range(quarter, len(times) - quarter + 1)
    ]
    return bool(gaps) and max(gaps) > TWO_LEVELS * math.log(times[-1] / times[0]) > 0
