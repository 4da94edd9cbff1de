"""Who is fastest, in a sentence: the title of the ratio chart and of the page."""

from __future__ import annotations

from dataclasses import dataclass

from dispatchbench_reports import estimates
from dispatchbench_reports.leading import Leaders, leaders
from dispatchbench_reports.lens import Competitor, Lens
from dispatchbench_reports.phrases import all_builds, counted, distinct, listed
from dispatchbench_reports.study import Column
from dispatchbench_reports.wording import ratio_text

MOST_BUILDS_NAMED = 3


@dataclass(frozen=True)
class Lead:
    """Who leads in one column, its baseline included, and the first one's share of the baseline's time."""

    column: Column
    found: Leaders
    reference: Competitor
    share: float

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.name(competitor) for competitor in self.found.all)

    def name(self, competitor: Competitor) -> str:
        """With its library if that isn't this column's."""
        return competitor.backend if competitor.column is self.column else competitor.name

    @property
    def beats_baseline(self) -> bool:
        return self.reference not in self.found.with_copies


def lead(lens: Lens, column: Column) -> Lead | None:
    """Who leads in a column; None if nothing can be compared."""
    reference = lens.reference(column)
    if reference is None:
        return None
    own = [
        Competitor(column, backend)
        for backend in lens.study.backends
        if lens.study.measured(column, backend)
    ]
    # Of copies the baseline stands for the others if it is the column's own, else the column's own one.
    others = [competitor for competitor in own if competitor != reference]
    is_own = len(others) < len(own)
    found = leaders(lens, [reference, *others] if is_own else [*own, reference])
    if found is None:
        return None
    share = estimates.mean_ratio(lens, found.first, reference)
    return None if share is None else Lead(column, found, reference, share.value)


def ratio_finding(lens: Lens) -> str:
    """The title of the ratio chart: who is fastest, what can't be distinguished, or that nothing beats the baseline."""
    study = lens.study
    leads = [found for column in lens.columns if (found := lead(lens, column))]
    over = (
        f"geometric mean of {counted(len(study.workloads), 'workload')}"
        if len(study.workloads) > 1
        else f"on {study.workloads[0]}"
    )
    if not leads:
        return f"Nothing to compare with {lens.baseline}"
    if not all(each.found.resolved for each in leads):
        return _unresolved_finding(lens, leads, over)
    if len(leads) == 1:
        return f"{_finding(lens, leads[0])} ({over})"
    return f"{_finding_of_builds(lens, leads)}; {over}"


def _unresolved_finding(lens: Lens, leads: list[Lead], over: str) -> str:
    """The title if a single process gives no interval: the numbers, and that they decide nothing."""
    by_first: dict[str, list[Lead]] = {}
    for each in leads:
        by_first.setdefault(each.name(each.found.first), []).append(each)
    parts = [
        f"{first} took {_shares(lens, group)}"
        for first, group in sorted(by_first.items(), key=lambda entry: -len(entry[1]))
    ]
    return f"One process, so no interval: {listed(parts)} ({over})"


def _finding(lens: Lens, each: Lead) -> str:
    """The title for one build."""
    baseline = lens.baseline_name(each.column)
    if each.found.alone:
        if not each.beats_baseline:
            return f"Nothing beats {baseline}"
        return f"{each.names[0]} is fastest: {ratio_text(each.share)} of {baseline}’s time"
    if each.beats_baseline:
        return (
            f"{listed(each.names)} are fastest and can’t be distinguished: "
            f"{ratio_text(each.share)} of {baseline}’s time"
        )
    return f"{listed(each.names)} are fastest and can’t be distinguished"


def _finding_of_builds(lens: Lens, leads: list[Lead]) -> str:
    """The title for several builds, by who leads in how many."""
    own = lens.baseline.label is None and not any(lens.borrows(each.column) for each in leads)
    same_build = " of the same build" if own else ""
    by_winner: dict[frozenset[str], list[Lead]] = {}
    for each in leads:
        by_winner.setdefault(frozenset(each.names if each.beats_baseline else ()), []).append(each)
    groups = sorted(by_winner.values(), key=lambda group: -len(group))
    if len(groups) == 1:
        which = all_builds(len(leads))
        names = groups[0][0].names
        if not groups[0][0].beats_baseline:
            return f"Nothing is faster than {lens.baseline} beyond doubt in {which}"
        if len(names) == 1:
            return f"{names[0]} is fastest in {which}: it takes {_shares(lens, groups[0])}"
        return (
            f"{listed(names)} are fastest in {which} and can’t be distinguished: "
            f"{groups[0][0].name(groups[0][0].found.first)} takes {_shares(lens, groups[0])}"
        )
    if len(leads) <= MOST_BUILDS_NAMED:
        parts = [
            f"{_winners(group[0])} with {lens.study.column_title(each.column)}"
            + (f" ({ratio_text(each.share)})" if each.beats_baseline else "")
            for group in groups
            for each in group
        ]
        return f"Fastest relative to {lens.baseline}{same_build}: {listed(parts)}"
    parts = [f"{_winners(group[0])} in {len(group)}" for group in groups]
    if all(group[0].beats_baseline for group in groups):
        return f"Fastest of {len(leads)} builds: {listed(parts)}"
    return f"Faster than {lens.baseline}{same_build} beyond doubt, in {len(leads)} builds: {listed(parts)}"


def _winners(each: Lead) -> str:
    return " or ".join(each.names) if each.beats_baseline else "nothing"


def _shares(lens: Lens, leads: list[Lead]) -> str:
    """What share of the baseline's time the first takes, by build: two bare numbers would look like an interval."""
    baseline = f"{listed(distinct(lens.baseline_name(each.column) for each in leads))}’s time"
    if len(leads) > 1 and lens.baseline.label is None:
        baseline += " in the same build"
    if len({ratio_text(each.share) for each in leads}) == 1:
        return f"{ratio_text(leads[0].share)} of {baseline}"
    ordered = sorted(leads, key=lambda each: each.share)
    shown = ordered if len(leads) <= MOST_BUILDS_NAMED else [ordered[0], ordered[-1]]
    texts = [f"{ratio_text(each.share)} ({lens.study.column_title(each.column)})" for each in shown]
    return f"{listed(texts) if shown is ordered else ' to '.join(texts)} of {baseline}"
