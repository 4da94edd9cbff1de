"""Reads what `tools/per_opcode --json` writes: what each opcode costs on each backend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping

from dispatchbench_reports.loading import read_json
from dispatchbench_reports.problems import Problem

SCHEMA_VERSION = 1


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
    """by opcode, then backend; what was not measured is missing"""


def _number(path: str, field: str, holder: Any, name: str) -> float:
    value = holder.get(name) if isinstance(holder, dict) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Problem(path, f"{field}.{name}", f"found {value!r}, expected a number")
    return float(value)


def read_costs(path: str) -> OpcodeCosts:
    """Raises Problem with file and field."""
    document = read_json(path)
    if not isinstance(document, dict) or not isinstance(document.get("opcodes"), dict):
        raise Problem(path, "opcodes", "is missing", "Give the output of `tools/per_opcode --json`")
    if document.get("schema") != SCHEMA_VERSION:
        raise Problem(
            path, "schema", f"found {document.get('schema')!r}, expected {SCHEMA_VERSION}"
        )
    costs: dict[str, dict[str, Cost]] = {}
    for opcode, by_backend in document["opcodes"].items():
        if not isinstance(by_backend, dict):
            raise Problem(path, f"opcodes.{opcode}", "expected an object")
        for backend, found in by_backend.items():
            if found is not None:
                field = f"opcodes.{opcode}.{backend}"
                costs.setdefault(opcode, {})[backend] = Cost(
                    *(_number(path, field, found, name) for name in ("ns", "low", "high"))
                )
    if not costs:
        raise Problem(path, "opcodes", "holds no cost")
    backends = dict.fromkeys(backend for by_backend in costs.values() for backend in by_backend)
    return OpcodeCosts(tuple(backends), costs)
