"""Reads the output of `dispatchbench compare --output`: a verdict for each row, with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dispatchbench_reports.reading.json_fields import Fields
from dispatchbench_reports.reading.json_file import read_json

SCHEMA_VERSION = 1
REMEDY = "Give a file that `dispatchbench compare --output` wrote"


class Verdict(StrEnum):
    """In the order in which a reader wants to see them."""

    NOT_COMPARABLE = "not comparable"
    REGRESSED = "regressed"
    IMPROVED = "improved"
    NOT_RESOLVED = "not resolved"
    UNCHANGED = "unchanged"

    @property
    def rank(self) -> int:
        return list(Verdict).index(self)


@dataclass(frozen=True)
class Interval:
    """A ratio with its bounds; a bound is None if there are too few pairs for one."""

    ratio: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Row:
    """One row's verdict. A run is None if the row was not measured in it: equal code, or not comparable."""

    name: str
    verdict: Verdict
    reason: str
    first: Interval | None
    second: Interval | None


@dataclass(frozen=True)
class Comparison:
    verdict: str
    baseline: str
    candidate: str
    margin: float
    """as a share"""
    error: float
    """of each row's interval"""
    machine: str
    rows: tuple[Row, ...]


def _interval(row: Fields, name: str) -> Interval | None:
    run = row.values.get(name)
    if not isinstance(run, dict) or run.get("cpu") is None:
        return None
    cpu = row.object(name).object("cpu")
    ratio = cpu.positive_or_null("ratio")
    if ratio is None:
        return None
    return Interval(ratio, cpu.positive_or_null("low"), cpu.positive_or_null("high"))


def _row(row: Fields) -> Row:
    verdict = Verdict(row.choice("verdict", list(Verdict)))
    return Row(
        name=row.text("name"),
        verdict=verdict,
        reason=row.any_text("reason"),
        first=_interval(row, "first"),
        second=_interval(row, "second"),
    )


def read_comparison(path: str) -> Comparison:
    """Raises Problem with file and field."""
    document = Fields.of(path, "", read_json(path), REMEDY)
    if document.values.get("kind") != "comparison":
        raise document.problem("kind", "is not comparison", REMEDY)
    document.schema(SCHEMA_VERSION)
    rows = tuple(_row(row) for row in document.objects("rows"))
    plan = document.object("plan")
    machine = document.values.get("machine")
    return Comparison(
        verdict=document.text("verdict"),
        baseline=document.object("base").text("label"),
        candidate=document.object("head").text("label"),
        margin=plan.number("margin"),
        error=plan.number("error"),
        machine=str(machine.get("cpu_model", "unknown processor"))
        if isinstance(machine, dict)
        else "",
        rows=rows,
    )
