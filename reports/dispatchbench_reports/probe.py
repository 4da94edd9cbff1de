"""What the probe said of the machine's state during a run: one reading after another, process by process."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """The probe's verdict on a run."""

    QUIET = "quiet"
    SOME_DISTURBED = "some disturbed"
    UNSETTLED = "unsettled"
    ABSENT = "absent"


@dataclass(frozen=True)
class ProbedProcess:
    """One host process: an attempt at measuring a library in the process of this number."""

    library: str
    process: int
    attempt: int
    start: float
    """seconds since the run's start"""
    seconds: float
    level: float | None
    """relative to the quiet level"""
    disturbed_share: float
    """of its time, from 0 to 1"""
    disturbed: bool
    counts: bool
    samples: int = 0
    left_out: int = 0
    """of these samples, beside a disturbed reading, if the process counts"""
    readings: tuple[tuple[float, float], ...] = ()
    """(seconds since the run's start, relative level)"""


@dataclass(frozen=True)
class DisturbedRatio:
    """A geometric mean in the quiet state and in the disturbed one."""

    library: str
    backend: str
    baseline: str
    quiet: float
    disturbed: float


@dataclass(frozen=True)
class Probe:
    """What a run's results say of the machine's state. Results before schema 3 have none."""

    state: State
    limit: float | None
    """relative level above which a process is disturbed"""
    text: str = ""
    processes: tuple[ProbedProcess, ...] = ()
    ratios: tuple[DisturbedRatio, ...] = ()

    @property
    def disturbed(self) -> tuple[ProbedProcess, ...]:
        return tuple(process for process in self.processes if process.disturbed)

    @property
    def disturbed_share(self) -> float:
        """Of the time in which something was measured."""
        total = math.fsum(process.seconds for process in self.processes)
        lost = math.fsum(process.seconds * process.disturbed_share for process in self.processes)
        return lost / total if total else 0.0

    @property
    def left_out_share(self) -> float:
        """Of the samples of the processes that count."""
        counting = [process for process in self.processes if process.counts]
        samples = sum(process.samples for process in counting)
        return sum(process.left_out for process in counting) / samples if samples else 0.0

    @property
    def counting(self) -> int:
        """How many processes count."""
        return sum(process.counts for process in self.processes)
