"""Says which rows of the files don't count: nobody must take a part for the whole."""

from __future__ import annotations

from typing import Sequence

from dispatchbench_reports.phrases import counted
from dispatchbench_reports.study import Column, Source, Study


def left_out_note(source: Source) -> str:
    """`left out: 3 rows (2 skipped: no data; 1 failed)`; empty if every row counts."""
    if not source.left_out:
        return ""
    total = sum(entry.rows for entry in source.left_out)
    reasons = "; ".join(f"{entry.rows} {entry.reason}" for entry in source.left_out)
    return f"left out: {counted(total, 'row')} ({reasons})"


def left_out_notes(study: Study, columns: Sequence[Column] | None = None) -> list[str]:
    """A note for each file of these columns, or of all, with rows that don't count."""
    shown = {column.source for column in (columns if columns is not None else study.columns)}
    several = len(study.sources) > 1
    return [
        f"{source.path}: {note}" if several else note
        for source in study.sources
        if source.path in shown and (note := left_out_note(source))
    ]
