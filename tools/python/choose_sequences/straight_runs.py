"""What programs execute, as `dispatchbench profile --json` counts it: straight runs of opcodes."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from typing import Any

Opcodes = tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Program:
    """A program's straight runs, each with its share of the program's instructions divided by its length: how often it
    runs per instruction."""

    name: str
    runs: Mapping[Opcodes, float]


def programs_of(profile: Mapping[str, Any]) -> list[Program]:
    """The programs of a profile, by name."""
    found = []
    for program in profile["programs"]:
        counts = {tuple(run.split()): count for run, count in program["straight_runs"].items()}
        total = sum(len(run) * count for run, count in counts.items())
        runs = {run: count / total for run, count in counts.items()}
        found.append(Program(program["name"], runs))
    return sorted(found, key=lambda program: program.name)


def halves(programs: Sequence[Program]) -> tuple[list[Program], list[Program]]:
    """The programs to choose from and those to judge the choice on: every other one by name."""
    return list(programs[::2]), list(programs[1::2])


def pieces(run: Opcodes, sequences: Collection[Opcodes], longest: int) -> int:
    """How many handlers execute a run: at each place the longest sequence, as the backend decodes it."""
    at = count = 0
    while at < len(run):
        length = min(longest, len(run) - at)
        while length > 1 and run[at : at + length] not in sequences:
            length -= 1
        at += max(length, 1)
        count += 1
    return count


def dispatches(program: Program, sequences: Collection[Opcodes]) -> float:
    """How many handlers a program executes per instruction."""
    longest = max(map(len, sequences), default=1)
    return sum(share * pieces(run, sequences, longest) for run, share in program.runs.items())
