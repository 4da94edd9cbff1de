#!/usr/bin/python3
"""Writes the conformance vectors: start states, and the end states that the model derives.

All of them go into one file, and those that show something new (see vector_selection.py) into another, which
`dispatchbench verify` reads. The same arguments give the same files, byte for byte.
"""

from __future__ import annotations

import argparse
import collections
import itertools
import json
import random
import sys
from pathlib import Path
from typing import Iterator

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "isa"))  # for isa_model

import programs  # noqa: E402
import single_instructions  # noqa: E402
from vector_format import State, vector_line  # noqa: E402
from vector_selection import Selection, selected_line  # noqa: E402


def all_states(seed: int, per_opcode: int, program_count: int) -> Iterator[tuple[str, str, State]]:
    """Group, name and state of every vector; each kind has its own source of random numbers."""
    directed = random.Random(seed)
    for name, state in itertools.chain(
        single_instructions.directed_instructions(directed), programs.directed_programs(directed)
    ):
        yield "directed", name, state
    for name, state in single_instructions.random_instructions(random.Random(seed + 1), per_opcode):
        yield "single", name, state
    for name, state in programs.random_programs(random.Random(seed + 2), program_count):
        yield "sequence", name, state


def main() -> int:
    """Writes the file and prints what it holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True, help="the file to write, JSON lines")
    parser.add_argument("--selection", type=Path, help="the file of selected ones to write")
    parser.add_argument("--seed", type=int, default=1, help="seed of all random choices")
    parser.add_argument("--per-opcode", type=int, default=20, help="random states an opcode")
    parser.add_argument("--programs", type=int, default=8000, help="random programs")
    arguments = parser.parse_args()

    counts: collections.Counter[str] = collections.Counter()
    touches: collections.Counter[str] = collections.Counter()
    selection = Selection()
    selected: list[str] = []
    partial = arguments.output.with_suffix(".partial")
    with partial.open("w", encoding="ascii") as file:
        for group, name, state in all_states(
            arguments.seed, arguments.per_opcode, arguments.programs
        ):
            line = vector_line(name, group, state)
            if line is None:
                counts[f"{group}, dropped because they don't end"] += 1
                continue
            file.write(line + "\n")
            counts[group] += 1
            vector = json.loads(line)
            touches.update(vector["touches"])
            if selection.takes(vector, state):
                selected.append(selected_line(vector))
    partial.replace(arguments.output)
    if arguments.selection:
        counts["selected"] = len(selected)
        partial = arguments.selection.with_suffix(".partial")
        partial.write_text("".join(line + "\n" for line in selected), encoding="ascii")
        partial.replace(arguments.selection)
    for title, counter in (("vectors", counts), ("of these, touching", touches)):
        print(title)
        for key, count in sorted(counter.items()):
            print(f"  {count:6} {key}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
