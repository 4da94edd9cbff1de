"""Ranks pairs of opcodes by how often other programs may be expected to execute them.

What ten programs never executed in a row says little: of the pairs that another program executes, many occur in none of the
ten. So a pair counts as what is known of it, blended with how frequent its opcodes are by themselves.
"""

from __future__ import annotations

import collections
from collections.abc import Iterator, Mapping, Sequence

from .straight_runs import Opcodes, Program

# How much of an opcode's share counts as if what follows it were unknown, in instructions per instruction. Chosen on nine of
# the ten programs and judged on the tenth, 1024 pairs leave 0.673 handlers per instruction at 0.0003, 0.663 at 0.001, 0.672 at
# 0.003 and 0.686 at 0.01; 2048 pairs 0.644, 0.645, 0.641 and 0.639.
UNKNOWN = 0.003
# The share of an opcode that no program but one executes: small, so that such opcodes come last.
NEVER = 1e-5


def _typical(shares: Sequence[float], programs: int) -> float:
    """The mean over programs but the one with the largest: one program's inner loop says nothing of others."""
    return (sum(shares) - max(shares, default=0.0)) / max(programs - 1, 1)


def _shares(programs: Sequence[Program], length: int) -> dict[Opcodes, float]:
    """How often an instruction is the last of this sequence, typically."""
    found: dict[Opcodes, list[float]] = collections.defaultdict(list)
    for program in programs:
        of_program: dict[Opcodes, float] = collections.defaultdict(float)
        for run, share in program.runs.items():
            for start in range(len(run) - length + 1):
                of_program[run[start : start + length]] += share
        for sequence, share in of_program.items():
            found[sequence].append(share)
    return {sequence: _typical(shares, len(programs)) for sequence, shares in found.items()}


def _expected(
    single: Mapping[Opcodes, float], pairs: Mapping[Opcodes, float]
) -> Iterator[tuple[float, Opcodes]]:
    """Every pair that can occur in a straight run, with its expected share."""
    alone = {
        sequence[0]: share + NEVER for sequence, share in single.items() if sequence != ("BRK",)
    }
    total = sum(alone.values())
    for first in {pair[0] for pair in pairs}:  # Something has followed it, so it doesn't end a run.
        for second, share in alone.items():
            following = pairs.get((first, second), 0.0) + UNKNOWN * share / total
            yield alone[first] * following / (alone[first] + UNKNOWN), (first, second)


def likely_pairs(programs: Sequence[Program]) -> list[Opcodes]:
    """Pairs, the one with the largest expected share first, of equal ones the first by name."""
    ranked = sorted(
        _expected(_shares(programs, 1), _shares(programs, 2)),
        key=lambda one: (-round(one[0], 12), one[1]),
    )
    return [pair for _, pair in ranked]
