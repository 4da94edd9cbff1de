"""Splits the workloads: one half trains profile-guided optimisation, the other half is measured."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from tool import WrongUsage

SEED = 13
"""Unless told: the split is the same in every run, so that runs can be compared."""


@dataclass(frozen=True)
class Halves:
    """No workload is in both."""

    training: tuple[str, ...]
    measured: tuple[str, ...]


def split(names: Sequence[str], seed: int) -> Halves:
    """The same halves for the same names and seed, whatever the order of the names. Needs two names or more."""
    if len(names) < 2:
        raise WrongUsage(
            f"{len(names)} workloads: expected 2 or more, one to train with and one to measure"
        )
    drawn = sorted(names)
    random.Random(seed).shuffle(drawn)
    middle = len(drawn) // 2
    return Halves(tuple(sorted(drawn[:middle])), tuple(sorted(drawn[middle:])))


def narrowed(halves: Halves, wanted: re.Pattern[str]) -> Halves:
    """Only the measured workloads that match; what trains stays. Raises WrongUsage if none does."""
    chosen = tuple(name for name in halves.measured if wanted.fullmatch(name))
    if not chosen:
        raise WrongUsage(
            f"--workload {wanted.pattern}: matches none of those that are measured, {', '.join(halves.measured)}; the "
            "others train profile-guided optimisation (another --seed splits otherwise)"
        )
    return Halves(halves.training, chosen)
