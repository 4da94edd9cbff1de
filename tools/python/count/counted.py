"""What can be counted, and the outcomes."""

from __future__ import annotations

import dataclasses
import pathlib
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

from audit.library_audit import LibraryAudit
from sampler import Refused
from tool import WrongUsage
from workload import Workload


@dataclasses.dataclass(frozen=True)
class Counted:
    """One workload on one backend."""

    instructions: int
    by_symbol: dict[str, int]
    device_calls: int | None = None  # None where they aren't distinguished


GENERATED = "generated code"  # In place of a function's name.

Outcome = Counted | Refused


@dataclasses.dataclass(frozen=True)
class Candidate:
    """One function to count."""

    backend: str
    library: str  # label; empty for a single function
    path: pathlib.Path
    run: int  # address of its function
    symbol: str  # name of its function
    code_hash: str | None  # of the backend's code and tables; None for a function of unknown extent
    generates_code: bool = False  # It also runs code that no file contains.
    prepare: int | None = None  # address of the function that prepares its programs

    @property
    def label(self) -> str:
        """For people."""
        return f"{self.backend}/{self.library}" if self.library else self.backend


@dataclasses.dataclass(frozen=True)
class Task:
    """One candidate on one workload."""

    candidate: Candidate
    workload: Workload
    exclude: re.Pattern[str] | None

    @property
    def row(self) -> str:
        """Its name in messages."""
        return f"{self.workload.name}/{self.candidate.label}"

    def wanted(self, by_symbol: dict[str, int]) -> dict[str, int]:
        """The instructions of functions whose name isn't excluded."""
        return {
            name: instructions
            for name, instructions in by_symbol.items()
            if not (self.exclude and self.exclude.search(name))
        }


@dataclasses.dataclass(frozen=True)
class Session:
    """Everything that one call of tools/count counted."""

    target: str
    counter: str  # the program that counted, and its version
    candidates: Sequence[Candidate]
    outcomes: Sequence[tuple[Task, Outcome]]

    def counted(self) -> Iterator[tuple[Task, Counted]]:
        """What was counted, without refused programs."""
        for task, outcome in self.outcomes:
            if isinstance(outcome, Counted):
                yield task, outcome

    def refused(self) -> Iterator[tuple[Task, Refused]]:
        """What was refused."""
        for task, outcome in self.outcomes:
            if isinstance(outcome, Refused):
                yield task, outcome


def tasks_of(
    candidates: Sequence[Candidate],
    workloads: Sequence[Workload],
    exclude: re.Pattern[str] | None,
) -> list[Task]:
    """Every candidate on every workload."""
    return [
        Task(candidate, workload, exclude) for workload in workloads for candidate in candidates
    ]


def only_wanted(found: Sequence[Candidate], wanted: re.Pattern[str]) -> list[Candidate]:
    """The candidates whose backend matches. Raises WrongUsage if none does."""
    chosen = [candidate for candidate in found if wanted.fullmatch(candidate.backend)]
    if not chosen:
        raise WrongUsage(
            f"--backend {wanted.pattern}: matches none of "
            + ", ".join(candidate.label for candidate in found)
        )
    return chosen


def with_hashes(
    candidates: Sequence[Candidate], audits: Mapping[pathlib.Path, LibraryAudit]
) -> list[Candidate]:
    """The same with hashes of their code. Only what is counted is taken apart, which takes up to a second a backend."""
    return [
        (
            dataclasses.replace(
                candidate,
                code_hash=audits[candidate.path].backend(candidate.backend).code_hash(),
            )
            if candidate.library
            else candidate
        )
        for candidate in candidates
    ]


def with_progress(tasks: Sequence[Task], outcomes: Iterable[Outcome]) -> list[tuple[Task, Outcome]]:
    """Collects what comes in, in the order of the tasks."""
    results: list[tuple[Task, Outcome]] = []
    for task, outcome in zip(tasks, outcomes):
        results.append((task, outcome))
        if sys.stderr.isatty():
            print(f"\rcounted {len(results)} of {len(tasks)}", end="", file=sys.stderr)
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    return results
