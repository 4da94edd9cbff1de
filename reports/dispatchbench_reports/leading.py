"""Who leads: the one definition for titles, sentences and tables. The terminal's half is harness/measuring/leaders.h.

Of several competitors in one run, those compete that were measured on every workload that any of them ran: a mean over
other workloads can't be ranked. The first is the one with the smallest geometric mean. It leads together with every
competitor from which a paired comparison can't tell it: the 95 % interval of their ratio contains 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

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

    @property
    def all(self) -> tuple[Competitor, ...]:
        return (self.first, *(competitor for competitor, _ in self.tied))

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


def leaders(lens: Lens, competitors: Sequence[Competitor]) -> Leaders | None:
    """Who leads among competitors of one run; None if fewer than two can be compared."""
    ranked = complete(lens, competitors)
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
    )
