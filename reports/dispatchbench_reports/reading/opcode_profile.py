"""Reads what `dispatchbench profile --json` writes: how often each program executes each opcode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping

from dispatchbench_reports.loading import read_json
from dispatchbench_reports.problems import Problem

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class OpcodeProfile:
    """The opcode counts of one program."""

    program: str
    instructions: int
    opcodes: Mapping[str, int]

    def share(self, opcode: str) -> float:
        return self.opcodes.get(opcode, 0) / self.instructions


def _count(path: str, field: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise Problem(path, field, f"found {value!r}, expected a whole number above 0")
    return value


def read_profiles(path: str) -> list[OpcodeProfile]:
    """Every program of the file; raises Problem with file and field."""
    document = read_json(path)
    if not isinstance(document, dict) or not isinstance(document.get("programs"), list):
        raise Problem(
            path, "programs", "is missing", "Give the output of `dispatchbench profile --json`"
        )
    if document.get("schema") != SCHEMA_VERSION:
        raise Problem(
            path, "schema", f"found {document.get('schema')!r}, expected {SCHEMA_VERSION}"
        )
    found = []
    for index, program in enumerate(document["programs"]):
        field = f"programs[{index}]"
        if not isinstance(program, dict):
            raise Problem(path, field, "expected an object")
        name, opcodes = program.get("name"), program.get("opcodes")
        if not isinstance(name, str) or not name:
            raise Problem(path, f"{field}.name", f"found {name!r}, expected a name")
        if not isinstance(opcodes, dict) or not opcodes:
            raise Problem(path, f"{field}.opcodes", "is missing or empty")
        counts = {
            opcode: _count(path, f"{field}.opcodes.{opcode}", n) for opcode, n in opcodes.items()
        }
        total = _count(path, f"{field}.instructions", program.get("instructions"))
        if sum(counts.values()) != total:
            raise Problem(
                path,
                f"{field}.instructions",
                f"found {total}, but the opcodes add up to {sum(counts.values())}",
            )
        found.append(OpcodeProfile(name, total, counts))
    if not found:
        raise Problem(path, "programs", "is empty")
    return found
