"""Brings the memory that `dispatchbench cold` measured to the backends of a study."""

from __future__ import annotations

from dataclasses import replace
from statistics import median
from typing import Mapping


from dispatchbench_reports.reading.cold_starts import ColdStarts
from dispatchbench_reports.study import Column, Study


def _memory(cold: ColdStarts) -> dict[tuple[str, str], float]:
    """Bytes by library and backend: the median over programs, of each the median over its processes."""
    programs: dict[tuple[str, str], list[float]] = {}
    for row in cold.rows:
        if row.memory:
            programs.setdefault((row.library, row.backend), []).append(median(row.memory))
    return {place: median(found) for place, found in programs.items()}


def _with_memory(column: Column, memory: Mapping[tuple[str, str], float]) -> Column:
    return replace(
        column,
        backends={
            name: replace(backend, memory_bytes=memory.get((column.label, name)))
            for name, backend in column.backends.items()
        },
    )


def with_memory(study: Study, cold: ColdStarts) -> Study:
    """The study, with memory_bytes of those backends that the measurement has under the same library's label."""
    memory = _memory(cold)
    return replace(study, columns=tuple(_with_memory(column, memory) for column in study.columns))


def has_memory(study: Study) -> bool:
    """Whether any backend's memory is known."""
    return any(
        backend.memory_bytes is not None
        for column in study.columns
        for backend in column.backends.values()
    )
