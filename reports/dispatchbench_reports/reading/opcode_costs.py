"""Reads the output of `tools/per_opcode --json`: what each opcode costs on each backend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping

from dispatchbench_reports.problems import Problem
from dispatchbench_reports.reading.json_fields import Fields
from dispatchbench_reports.reading.json_file import read_json

SCHEMA_VERSION = 1
REMEDY = "Give the output of `tools/per_opcode --json`"


@dataclass(frozen=True)
class Cost:
    """Nanoseconds per execution, with a 95 % interval over processes."""

    nanoseconds: float
    low: float
    high: float


@dataclass(frozen=True)
class OpcodeCosts:
    backends: tuple[str, ...]
    """`backend/label`"""
    costs: Mapping[str, Mapping[str, Cost]]
    """by opcode, then backend; unmeasured ones are missing"""


def read_costs(path: str) -> OpcodeCosts:
    """Raises Problem with file and field."""
    document = Fields.of(path, "", read_json(path), REMEDY)
    opcodes = document.object("opcodes")
    document.schema(SCHEMA_VERSION)
    costs: dict[str, dict[str, Cost]] = {}
    for opcode in opcodes.values:
        by_backend = opcodes.object(opcode)
        for backend, value in by_backend.values.items():
            if value is not None:
                found = by_backend.object(backend)
                costs.setdefault(opcode, {})[backend] = Cost(
                    found.number("ns"), found.number("low"), found.number("high")
                )
    if not costs:
        raise Problem(path, "opcodes", "holds no cost")
    backends = dict.fromkeys(backend for measured in costs.values() for backend in measured)
    return OpcodeCosts(tuple(backends), costs)
