"""The list of sequences in the tree, which backends/threaded includes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tool import REPOSITORY

from .straight_runs import Opcodes

LIST = REPOSITORY / "backends/threaded/sequences.inc"
SIZES = (
    8,
    16,
    32,
    64,
    512,
    2048,
)  # The backends that are built from its beginning: superinstructions_8, ...

HEADER = """\
// Frequent sequences of opcodes, the most useful first. Written by tools/choose_sequences, which chose them from half of
// the workloads.
"""


def text_of(sequences: Sequence[Opcodes]) -> str:
    """The list as C++ macros: DISPATCHBENCH_SEQUENCE(rank, opcode...)."""
    return HEADER + "".join(
        f"DISPATCHBENCH_SEQUENCE({rank}, {', '.join(sequence)})\n"
        for rank, sequence in enumerate(sequences)
    )


def listed(text: str) -> list[Opcodes]:
    """The sequences of a list."""
    return [
        tuple(opcodes.split(", "))
        for opcodes in re.findall(r"^DISPATCHBENCH_SEQUENCE\(\d+, (.*)\)$", text, re.MULTILINE)
    ]
