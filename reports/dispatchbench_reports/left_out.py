"""Says which rows of the files don't count: nobody must take a part for the whole."""

from __future__ import annotations

from typing import Sequence

from dispatchbench_reports.phrases import counted
from dispatchbench_reports.source_notes import source_notes
from dispatchbench_reports.study import Column, Source, Study


def _notes(source: Source) -> list[str]:
    """`left out: 3 rows (2 skipped: no data; 1 failed)`; nothing if every row counts."""
    if not source.left_out:
        return []
    total = sum(entry.rows for entry in source.left_out)
    reasons = "; ".join(f"{entry.rows} {entry.reason}" for entry in source.left_out)
    return [f"left out: {counted(total, 'row')} ({reasons})"]


def left_out_notes(study: Study, columns: Sequence[Column] | None = None) -> list[str]:
    """A note for each file of these columns, or of all, with rows that don't count."""
    return source_notes(study, columns, _notes)
