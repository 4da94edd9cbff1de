"""Reads the output of `dispatchbench profile --json`: how often each program executes each opcode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping

from dispatchbench_reports.reading.json_fields import Fields
from dispatchbench_reports.reading.json_file import read_json

SCHEMA_VERSION = 1
REMEDY = "Give the output of `dispatchbench profile --json`"


@dataclass(frozen=True)
class OpcodeProfile:
    """The opcode counts of one program."""

    program: str
    instructions: int
    opcodes: Mapping[str, int]

    def share(self, opcode: str) -> float:
        """The share of all executed VM instructions, from 0 to 1."""
        return self.opcodes.get(opcode, 0) / self.instructions


def _profile(program: Fields) -> OpcodeProfile:
    name = program.text("name")
    opcodes = program.object("opcodes")
    if not opcodes.values:
        raise program.problem("opcodes", "is empty")
    counts = {opcode: opcodes.whole(opcode, 1) for opcode in opcodes.values}
    total = program.whole("instructions", 1)
    if sum(counts.values()) != total:
        raise program.problem(
            "instructions", f"found {total}, but the opcodes add up to {sum(counts.values())}"
        )
    return OpcodeProfile(name, total, counts)


def read_profiles(path: str) -> list[OpcodeProfile]:
    """Every program of the file; raises Problem with file and field."""
    document = Fields.of(path, "", read_json(path), REMEDY)
    programs = document.objects("programs")
    document.schema(SCHEMA_VERSION)
    return [_profile(program) for program in programs]
