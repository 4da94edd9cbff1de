"""Notes on results files, each with its file's name if there are several."""

from __future__ import annotations

from typing import Callable, Iterable, Sequence

from dispatchbench_reports.study import Column, Source, Study


def source_notes(
    study: Study, columns: Sequence[Column] | None, notes_of: Callable[[Source], Iterable[str]]
) -> list[str]:
    """What notes_of says of each file that these columns, or all, come from."""
    shown = {column.source for column in (columns if columns is not None else study.columns)}
    several = len(study.sources) > 1
    return [
        f"{source.path}: {note}" if several else note
        for source in study.sources
        if source.path in shown
        for note in notes_of(source)
    ]
