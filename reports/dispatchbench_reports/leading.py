"""Who leads: the one definition for titles, sentences and tables. The terminal's half is harness/measuring/ranking.h;
harness/tests/leading_cases.json holds both to it.

Of several competitors in one run, those compete that were measured on every workload that any of them ran: a mean over
other workloads can't be ranked. Of several with the same machine code the first one alone competes: what tells copies
apart is noise or where the code lies, and the luckiest of many copies would win. The first is the one with the smallest
geometric mean. It leads together with every competitor from which a paired comparison can't tell it: the 95 % interval
of their ratio contains 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Hashable, Mapping, Sequence

from dispatchbench_reports import estimates
from dispatchbench_reports.estimates import Estimate
from dispatchbench_reports.lens import Competitor, Lens


@dataclass(frozen=True)
class Leaders:
    """The first, and those that a paired comparison can't tell from it."""

    first: Competitor
    tied: tuple[tuple[Competitor, Estimate], ...]
    """each with the first's time over its own"""
    resolved: bool
    """False if a single process gives no interval, so that nothing can be told from anything"""
    copies: Mapping[Competitor, tuple[Competitor, ...]]
    """by each that competes, leading or not: all that have its machine code, itself included"""

    @property
    def all(self) -> tuple[Competitor, ...]:
        return (self.first, *(competitor for competitor, _ in self.tied))

    @property
    def with_copies(self) -> tuple[Competitor, ...]:
        """All leaders and whoever has the code of one."""
        return tuple(copy for leader in self.all for copy in self.copies[leader])

    @property
    def alone(self) -> bool:
        """Whether the first is faster than every other one."""
        return self.resolved and not self.tied


def complete(lens: Lens, competitors: Sequence[Competitor]) -> tuple[Competitor, ...]:
    """Those that were measured on every workload that any of them ran."""
    ran = {
        competitor: {
            workload
            for workload in lens.study.workloads
            if lens.study.find(competitor.column, workload, competitor.backend) is not None
        }
        for competitor in competitors
    }
    everything: set[str] = set().union(*ran.values())
    return tuple(
        competitor for competitor in competitors if everything and ran[competitor] == everything
    )


def _by_code(competitors: Sequence[Competitor]) -> dict[Competitor, tuple[Competitor, ...]]:
    """By the first of each machine code all that have it. Code that isn't known is nobody else's; nor is that which
    another host runs."""
    found: dict[Hashable, list[Competitor]] = {}
    for competitor in competitors:
        code = competitor.column.code_hash(competitor.backend)
        found.setdefault(competitor if code is None else (competitor.column.host, code), []).append(
            competitor
        )
    return {copies[0]: tuple(copies) for copies in found.values()}


def leaders(lens: Lens, competitors: Sequence[Competitor]) -> Leaders | None:
    """Who leads among competitors of one run; None if fewer than two can be compared. Of copies the first one that is
    given competes."""
    copies = _by_code(complete(lens, competitors))
    ranked = tuple(copies)
    if len(ranked) < 2:
        return None
    means = {
        competitor: mean
        for competitor in ranked
        if (mean := estimates.mean_ratio(lens, competitor, ranked[0])) is not None
    }
    if len(means) < 2:
        return None
    first, *others = sorted(means, key=lambda competitor: means[competitor].value)
    against = [
        (other, ratio)
        for other in others
        if (ratio := estimates.mean_ratio(lens, first, other)) is not None
    ]
    resolved = any(ratio.low is not None for _, ratio in against)
    return Leaders(
        first,
        tuple((other, ratio) for other, ratio in against if not ratio.resolved_from(1))
        if resolved
        else (),
        resolved,
        copies,
    )
