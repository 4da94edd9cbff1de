"""Reads what `dispatchbench compare --output` writes: one verdict a row, with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dispatchbench_reports.loading import read_json
from dispatchbench_reports.problems import Problem

SCHEMA_VERSION = 1
VERDICTS = ("not comparable", "regressed", "improved", "not resolved", "unchanged")


@dataclass(frozen=True)
class Interval:
    ratio: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Row:
    name: str
    verdict: str
    reason: str
    units: int
    first: Interval | None
    """None when it was not measured: equal code, or not comparable"""
    second: Interval | None


@dataclass(frozen=True)
class Comparison:
    verdict: str
    base: str
    head: str
    margin: float
    """as a share"""
    error: float
    """of each row's interval"""
    machine: str
    rows: tuple[Row, ...]


def _field(path: str, holder: Any, where: str, name: str, kind: type | tuple[type, ...]) -> Any:
    full = f"{where}.{name}" if where else name
    if not isinstance(holder, dict) or name not in holder:
        raise Problem(path, full, "is missing", "Give what `dispatchbench compare --output` wrote")
    value = holder[name]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Problem(path, full, f"found {value!r}, which is of the wrong kind")
    return value


def _interval(path: str, run: Any, where: str) -> Interval | None:
    if run is None or not isinstance(run, dict) or run.get("cpu") is None:
        return None
    ratio = _field(path, run["cpu"], f"{where}.cpu", "ratio", (int, float, type(None)))
    if ratio is None:
        return None
    bounds = [
        _field(path, run["cpu"], f"{where}.cpu", name, (int, float, type(None)))
        for name in ("low", "high")
    ]
    for name, value in zip(("ratio", "low", "high"), (ratio, *bounds)):
        if value is not None and value <= 0:
            raise Problem(path, f"{where}.cpu.{name}", f"found {value}, expected a number above 0")
    return Interval(float(ratio), bounds[0], bounds[1])


def read_comparison(path: str) -> Comparison:
    """Raises Problem with file and field."""
    document = read_json(path)
    if not isinstance(document, dict) or document.get("kind") != "comparison":
        raise Problem(
            path, "kind", "is not comparison", "Give what `dispatchbench compare --output` wrote"
        )
    if document.get("schema") != SCHEMA_VERSION:
        raise Problem(
            path, "schema", f"found {document.get('schema')!r}, expected {SCHEMA_VERSION}"
        )
    rows = []
    for index, row in enumerate(_field(path, document, "", "rows", list)):
        where = f"rows[{index}]"
        verdict = _field(path, row, where, "verdict", str)
        if verdict not in VERDICTS:
            raise Problem(
                path,
                f"{where}.verdict",
                f"found {verdict!r}, expected one of {', '.join(VERDICTS)}",
            )
        first = row.get("first")
        rows.append(
            Row(
                name=_field(path, row, where, "name", str),
                verdict=verdict,
                reason=_field(path, row, where, "reason", str),
                units=first.get("units", 0) if isinstance(first, dict) else 0,
                first=_interval(path, first, f"{where}.first"),
                second=_interval(path, row.get("second"), f"{where}.second"),
            )
        )
    if not rows:
        raise Problem(path, "rows", "is empty")
    plan = _field(path, document, "", "plan", dict)
    machine = document.get("machine")
    return Comparison(
        verdict=_field(path, document, "", "verdict", str),
        base=_field(path, _field(path, document, "", "base", dict), "base", "label", str),
        head=_field(path, _field(path, document, "", "head", dict), "head", "label", str),
        margin=float(_field(path, plan, "plan", "margin", (int, float))),
        error=float(_field(path, plan, "plan", "error", (int, float))),
        machine=str(machine.get("cpu_model", "unknown processor"))
        if isinstance(machine, dict)
        else "",
        rows=tuple(rows),
    )
