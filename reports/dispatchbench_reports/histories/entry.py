"""An entry of a history: one benchmark in one run."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property

from dispatchbench_reports.revisions import short_revision
from dispatchbench_reports.row_names import row_name

SCHEMA_VERSION = 2


@dataclass(frozen=True)
class Entry:
    """One line: a benchmark in a run. Lines of schema 1 end with `samples`."""

    schema: int
    date: str
    git_revision: str
    fingerprint: str
    cpu_model: str
    compiler: str
    flags: str
    library: str
    workload: str
    backend: str
    ns_per_vm_instruction: float | None
    """None if the benchmark failed in this run"""
    low: float | None
    high: float | None
    processes: int
    samples: int
    branch: str = ""
    """empty if unknown"""
    commit: int | None = None
    """how many commits the revision's line of first parents has: orders the runs of a branch"""
    unsettled: bool = False
    """whether the probe found the machine's quiet state to be too rare"""
    failure: str = ""
    """why the benchmark failed; empty if it didn't"""

    @cached_property
    def instant(self) -> datetime.datetime:
        """The date as a moment in time: two zones are compared rightly. Without a zone it is taken as UTC."""
        return instant_of(self.date)

    @property
    def place(self) -> tuple[str, ...]:
        """What stays the same across a new machine, compiler or set of flags."""
        return (self.branch, self.library, self.workload, self.backend)

    @property
    def series(self) -> tuple[str, ...]:
        """Only runs of one machine, one compiler with its flags, one branch and one benchmark are compared."""
        return (self.fingerprint, self.compiler, self.flags, *self.place)

    @property
    def run(self) -> tuple[datetime.datetime, str]:
        return (self.instant, self.git_revision)

    @property
    def name(self) -> str:
        return row_name(self.workload, self.backend, self.library)

    @property
    def revision_text(self) -> str:
        return short_revision(self.git_revision) or "unknown revision"


@dataclass(frozen=True)
class Origin:
    """Where a revision stands in its repository, as far as that is known."""

    branch: str = ""
    commit: int | None = None


def instant_of(date: str) -> datetime.datetime:
    """Raises ValueError unless the text is a date and time."""
    found = datetime.datetime.fromisoformat(date)
    if len(date) <= len("2026-11-22"):
        # A date alone: midnight.
        found = found.replace(hour=0)
    if found.tzinfo is None:
        return found.replace(tzinfo=datetime.timezone.utc)
    try:
        return found.astimezone(datetime.timezone.utc)
    except OverflowError as error:
        raise ValueError("the date is out of range") from error
