"""Which conformance vectors `dispatchbench verify` runs: few enough to take a moment for each backend.

Vectors of one instruction are taken while they show something that no earlier one did of the same opcode: a special
case, a stack pointer or pc near an end, an operand byte at an end of its range. Of programs, those about self-modifying
code, devices and wrapping are all taken, of the random ones every eighth, and of the expansion's records all that stand
away from 0xffff.
"""

from __future__ import annotations

import json
from typing import Any, Iterator

from isa_model import opcode_name
from vector_format import State

Vector = dict[str, Any]
Feature = tuple[int | str, ...]

EDGE_BYTES = frozenset((0x00, 0x01, 0x02, 0x03, 0x04, 0x0F, 0x7F, 0x80, 0xFD, 0xFE, 0xFF))
POINTER_MARGIN = 5  # No opcode moves a pointer by more.
ONE_IN = 8


class Selection:
    """Remembers what the vectors so far have shown."""

    def __init__(self) -> None:
        self._shown: set[Feature] = set()
        self._sequences = 0

    def takes(self, vector: Vector, start: State) -> bool:
        """Whether this vector is one of the selected; every vector has to be asked about, in order."""
        if vector["group"] == "sequence":
            self._sequences += 1
            return self._sequences % ONE_IN == 1
        features = set(_features(vector, start))
        is_new = not features <= self._shown
        self._shown |= features
        return is_new


def _features(vector: Vector, start: State) -> Iterator[Feature]:
    opcode = start.ram[start.pc]
    if vector["name"].split()[0] != opcode_name(opcode):  # A program, the same on any background.
        yield ("program", vector["name"].split(" (")[0])
        return
    is_immediate = opcode & 0x1F == 0
    on_return_stack = bool(opcode & 0x40) and not is_immediate
    for case in vector["touches"]:
        yield (opcode, case)
    for name, pointer in (("wst", start.wst), ("rst", start.rst)):
        if not POINTER_MARGIN < pointer < 0x100 - POINTER_MARGIN:
            yield (opcode, name, pointer)
    if " carries " in vector["name"]:
        yield (opcode, "carries", vector["name"])
    if not 0x100 <= start.pc < 0xFF00:
        yield (opcode, "pc", start.pc)
    if is_immediate:
        for position in (1, 2):
            byte = start.ram.get((start.pc + position) & 0xFFFF, 0)
            if byte in EDGE_BYTES:
                yield (opcode, "immediate", position, byte)
    memory = start.return_stack if on_return_stack else start.working_stack
    pointer = start.rst if on_return_stack else start.wst
    for depth in range(1, 5):
        byte = memory[(pointer - depth) & 0xFF]
        if byte in EDGE_BYTES:
            yield (opcode, "operand", depth, byte)


def selected_line(vector: Vector) -> str:
    """Of a vector what is needed to run it, as a line of JSON."""
    fields = {name: vector[name] for name in ("name", "background", "fill", "start", "end")}
    return json.dumps(fields, separators=(",", ":"))
