"""Instruction counts of the two revisions."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tool import REPOSITORY, output_of, read_object

from .patterns import alternatives
from .revisions import Build


@dataclasses.dataclass(frozen=True)
class CountChange:
    """One workload on one backend whose count has changed by more than the threshold."""

    workload: str
    backend: str
    base: int
    head: int

    @property
    def percent(self) -> float:
        """The change."""
        return 100 * (self.head - self.base) / self.base

    def text(self) -> str:
        """For people."""
        return f"{self.workload}/{self.backend}: {self.base} to {self.head} instructions ({self.percent:+.2f} %)"


def count(
    base: Build, head: Build, backends: Sequence[str], workloads: str, output: Path
) -> dict[str, Any]:
    """Runs tools/count on both; returns counts.json, with the libraries labelled base and head."""
    path = output / "counts.json"
    command: list[str | Path] = [REPOSITORY / "tools/count", "--json", path]
    command += ["--harness", head.program]
    for build in (base, head):
        command += ["--library", f"{build.label}={build.library}"]
    output_of([*command, "--backend", alternatives(backends), "--workload", workloads])
    return read_object(path, "run the gate again")


def changes_in(counts: dict[str, Any], threshold_percent: float) -> list[CountChange]:
    """The rows of counts.json whose count differs between base and head by more than the threshold; largest first."""
    by_row: dict[tuple[str, str], dict[str, int]] = {}
    for row in counts["rows"]:
        found = by_row.setdefault((row["workload"], row["backend"]), {})
        found[row["library"]] = row["instructions"]
    changes = [
        CountChange(workload, backend, found["base"], found["head"])
        for (workload, backend), found in by_row.items()
        if "base" in found and "head" in found
    ]
    notable = [change for change in changes if abs(change.percent) > threshold_percent]
    return sorted(notable, key=lambda change: -abs(change.percent))
