"""Reads what `dispatchbench cold` wrote: times of the first instructions of programs in fresh processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping

from dispatchbench_reports.reading.json_fields import Fields, is_number
from dispatchbench_reports.reading.json_file import read_json

SCHEMA_VERSION = 1
REMEDY = "Give a file that `dispatchbench cold` wrote"


@dataclass(frozen=True)
class ColdRow:
    """A program on a backend of a library."""

    workload: str
    backend: str
    library: str
    times: Mapping[int, tuple[float, ...]]
    """nanoseconds by distance in instructions, one per process"""
    memory: tuple[float, ...]
    """bytes by which each process grew; empty if the file doesn't say"""


@dataclass(frozen=True)
class ColdStarts:
    path: str
    machine: str
    baseline: str
    """BACKEND, each library's own, or BACKEND/LIBRARY for all"""
    processes: int
    distances: tuple[int, ...]
    libraries: Mapping[str, str]
    """the compiler of each label"""
    rows: tuple[ColdRow, ...]

    def reference(self, library: str) -> tuple[str, str]:
        """The backend and the library that a library's rows are compared with."""
        backend, _, label = self.baseline.partition("/")
        return backend, label or library


def _times(mark: Fields, processes: int) -> tuple[float, ...]:
    values = mark.values.get("nanoseconds")
    if (
        not isinstance(values, list)
        or len(values) != processes
        or not all(is_number(value) and value > 0 for value in values)
    ):
        raise mark.wrong("nanoseconds", f"{processes} numbers above 0, one for each process")
    return tuple(float(value) for value in values)


def _memory(row: Fields, processes: int) -> tuple[float, ...]:
    values = row.values.get("memory_bytes", [None] * processes)
    if (
        not isinstance(values, list)
        or len(values) != processes
        or not all(value is None or (is_number(value) and value >= 0) for value in values)
    ):
        raise row.wrong(
            "memory_bytes", f"{processes} numbers of 0 or above, or null, one for each process"
        )
    return () if None in values else tuple(float(value) for value in values)


def _row(row: Fields, processes: int) -> ColdRow:
    return ColdRow(
        row.text("workload"),
        row.text("backend"),
        row.text("library"),
        {mark.whole("distance", 1): _times(mark, processes) for mark in row.objects("marks")},
        _memory(row, processes),
    )


def read_cold_starts(path: str) -> ColdStarts:
    """Raises Problem with file and field."""
    document = Fields.of(path, "", read_json(path), REMEDY)
    if document.values.get("kind") != "cold":
        raise document.problem("kind", "is not cold", REMEDY)
    document.schema(SCHEMA_VERSION)
    processes = document.whole("processes", 1)
    distances = document.values.get("distances")
    if not isinstance(distances, list) or not all(isinstance(each, int) for each in distances):
        raise document.wrong("distances", "whole numbers of instructions")
    machine = document.values.get("machine")
    return ColdStarts(
        path=path,
        machine=str(machine.get("cpu_model") or "unknown processor")
        if isinstance(machine, dict)
        else "unknown processor",
        baseline=document.text("baseline"),
        processes=processes,
        distances=tuple(distances),
        libraries={
            library.text("label"): f"{library.text('compiler')} {library.text('compiler_version')}"
            for library in document.objects("libraries")
        },
        rows=tuple(_row(row, processes) for row in document.objects("rows")),
    )
