"""Chooses sequences one after the other: each time the one that saves most dispatches beside those chosen before."""

from __future__ import annotations

import collections
import itertools
from collections.abc import Sequence

from .likely_pairs import likely_pairs
from .straight_runs import Opcodes, Program, pieces

# In opcodes; the C++ allows for 8. Longer ones fit other programs less: chosen on nine of the ten and judged on the tenth,
# 64 sequences leave 0.802 handlers per instruction at 2, 0.777 at 3, 0.775 at 4 and 0.789 at 8.
LONGEST = 4


class _Candidates:
    """All sequences that occur, and what each would save.

    A sequence counts with what it saves in all programs but the one where it saves most: one program's inner loop says
    nothing of others.
    """

    def __init__(self, programs: Sequence[Program]) -> None:
        self.chosen: set[Opcodes] = set()
        self._runs = [
            (index, run, share)
            for index, program in enumerate(programs)
            for run, share in program.runs.items()
        ]
        self._pieces = [len(run) for _, run, _ in self._runs]
        self._places: dict[Opcodes, set[int]] = collections.defaultdict(set)
        self._within: list[set[Opcodes]] = []
        for number, (_, run, _) in enumerate(self._runs):
            found = {
                run[start : start + length]
                for length in range(2, min(LONGEST, len(run)) + 1)
                for start in range(len(run) - length + 1)
                if "BRK" not in run[start : start + length]
            }
            self._within.append(found)
            for candidate in found:
                self._places[candidate].add(number)
        self._savings: dict[Opcodes, float] = {}

    def _saving(self, candidate: Opcodes) -> float:
        sequences = self.chosen | {candidate}
        saved: dict[int, float] = collections.defaultdict(float)
        for number in self._places[candidate]:
            program, run, share = self._runs[number]
            saved[program] += share * (self._pieces[number] - pieces(run, sequences, LONGEST))
        return sum(saved.values()) - max(saved.values())

    def best(self) -> Opcodes | None:
        """The one that saves most; of equal ones the shorter, then the first by name. None if none saves anything."""
        for candidate in self._places.keys() - self._savings.keys() - self.chosen:
            self._savings[candidate] = self._saving(candidate)
        by_worth = min(
            self._savings,
            key=lambda one: (-round(self._savings[one], 12), len(one), one),
            default=None,
        )
        return by_worth if by_worth is not None and self._savings[by_worth] > 1e-12 else None

    def choose(self, sequence: Opcodes) -> None:
        """Adds a sequence to those chosen."""
        self.chosen.add(sequence)
        changed: set[Opcodes] = {sequence}
        for number in self._places[sequence]:
            self._pieces[number] = pieces(self._runs[number][1], self.chosen, LONGEST)
            changed |= self._within[number]
        for candidate in changed:
            self._savings.pop(candidate, None)


def chosen_sequences(programs: Sequence[Program], count: int) -> list[Opcodes]:
    """At most `count` sequences, the most useful first, so that the beginning of the list is the choice for fewer.

    First those that save most in these programs; when no more saves anything in two of them, pairs that others may have.
    """
    candidates = _Candidates(programs)
    chosen: list[Opcodes] = []
    while len(chosen) < count and (best := candidates.best()) is not None:
        candidates.choose(best)
        chosen.append(best)
    further = (pair for pair in likely_pairs(programs) if pair not in candidates.chosen)
    return chosen + list(itertools.islice(further, count - len(chosen)))
