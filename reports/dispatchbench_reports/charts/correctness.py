"""Correctness: compilers in order of release down, optimisation levels across, each cell the backends right of total."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Mapping, Sequence

from dispatchbench_reports.charts.grid import Grid, GridCell, ShadeKey, blocks_of
from dispatchbench_reports.compilers import version_numbers
from dispatchbench_reports.phrases import counted, distinct, listed, listed_briefly
from dispatchbench_reports.reading.verification import VerifiedBackend, VerifiedLibrary
from dispatchbench_reports.tables import Table

LEVELS = ("", "O0", "Og", "O1", "O2", "O3", "Os", "Oz")
"""Known levels in their order; others follow in order of appearance. The first is that of usual flags."""
USUAL = "usual flags"
MOST_NAMED = 3


@dataclass(frozen=True)
class Wrong:
    """A backend that is wrong, in its library."""

    library: VerifiedLibrary
    backend: VerifiedBackend
    right_elsewhere: bool
    """whether another library's build of it is right: then this compiler or these flags make the difference"""

    @property
    def place(self) -> str:
        at = f" at -{self.library.level}" if self.library.level in LEVELS[1:] else ""
        if self.library.level and not at:
            at = f" with {self.library.level}"
        return f"{self.library.compiler_text}{at}"


@dataclass(frozen=True)
class Correctness:
    title: str
    notes: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """labels of base libraries, in groups by compiler"""
    row_titles: Mapping[str, str]
    levels: tuple[str, ...]
    libraries: Mapping[tuple[str, str], VerifiedLibrary]
    """by (base, level)"""


def _wrong(libraries: Sequence[VerifiedLibrary]) -> list[Wrong]:
    right = {
        backend.name for library in libraries for backend in library.backends if backend.correct
    }
    return [
        Wrong(library, backend, backend.name in right)
        for library in libraries
        for backend in library.wrong
    ]


def _in_order(libraries: Sequence[VerifiedLibrary]) -> list[VerifiedLibrary]:
    undated = {library.compiler for library in libraries if not library.released}
    return sorted(
        libraries,
        key=lambda library: (
            library.compiler,
            "" if library.compiler in undated else library.released,
            version_numbers(library.compiler_version),
            library.base,
        ),
    )


def _level_order(libraries: Sequence[VerifiedLibrary]) -> tuple[str, ...]:
    found = distinct(library.level for library in libraries)
    known = [level for level in LEVELS if level in found]
    return (*known, *(level for level in found if level not in LEVELS))


def _title(libraries: Sequence[VerifiedLibrary], wrong: Sequence[Wrong]) -> str:
    total = sum(len(library.backends) for library in libraries)
    builds = counted(len(libraries), "library")
    if not wrong:
        return f"Every backend is right: {counted(total, 'backend')} in {builds}"
    names = [f"{each.backend.name} of {each.place}" for each in wrong]
    start = "Miscompiled" if all(each.right_elsewhere for each in wrong) else "Wrong"
    return f"{start}: {listed_briefly(names, MOST_NAMED)} ({len(wrong)} of {total} backends in {builds})"


def _wrong_notes(wrong: Sequence[Wrong]) -> list[str]:
    notes = [
        f"{each.backend.name} of {each.place} is wrong"
        + (f" on {each.backend.where}" if each.backend.where else "")
        + f": {each.backend.reason.rstrip('.')}"
        for each in wrong
    ]
    elsewhere = distinct(each.backend.name for each in wrong if each.right_elsewhere)
    nowhere = distinct(each.backend.name for each in wrong if not each.right_elsewhere)
    if elsewhere:
        notes.append(
            f"{listed(elsewhere)}: other builds of the same source are right, so the compiler is wrong there, or the source "
            "relies on what the language leaves undefined"
        )
    if nowhere:
        notes.append(f"{listed(nowhere)}: wrong in every build, so look at the source first")
    return notes


def _unavailable_notes(libraries: Sequence[VerifiedLibrary]) -> list[str]:
    found: dict[tuple[str, str], list[str]] = {}
    for library in libraries:
        for name, reason in library.unavailable:
            found.setdefault((name, reason.rstrip(".")), []).append(library.compiler_text)
    return [
        f"{name} is unavailable with {listed_briefly(distinct(compilers), 6)}: {reason}"
        for (name, reason), compilers in found.items()
    ]


def correctness(libraries: Sequence[VerifiedLibrary]) -> Correctness:
    """The numbers and texts of chart and table."""
    ordered = _in_order(libraries)
    wrong = _wrong(ordered)
    texts = {library.base: library.compiler_text for library in ordered}
    titles = {
        base: text if list(texts.values()).count(text) == 1 else f"{base}, {text}"
        for base, text in texts.items()
    }
    groups = [
        tuple(distinct(library.base for library in group))
        for _, group in groupby(ordered, lambda library: library.compiler)
    ]
    return Correctness(
        title=_title(ordered, wrong),
        notes=tuple([*_wrong_notes(wrong), *_unavailable_notes(ordered)]),
        rows=tuple(groups),
        row_titles=titles,
        levels=_level_order(ordered),
        libraries={(library.base, library.level): library for library in ordered},
    )


def _share(library: VerifiedLibrary) -> str:
    right = len(library.backends) - len(library.wrong)
    return f"{right} of {len(library.backends)}"


def _level_title(level: str) -> str:
    return USUAL if not level else f"-{level}" if level in LEVELS else level


def _grid_cell(library: VerifiedLibrary | None) -> GridCell:
    if library is None:
        return GridCell("not built", muted=True)
    missing = f"{len(library.unavailable)} unavailable" if library.unavailable else ""
    if not library.backends:
        return GridCell("none", below=missing, muted=True)
    if not library.wrong:
        return GridCell(f"{_share(library)} ✓", below=missing, shade=-0.45)
    names = [backend.name for backend in library.wrong]
    text = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
    return GridCell(f"{_share(library)} ✗", below=text, shade=1.0)


def correctness_grid(found: Correctness) -> Grid:
    """The chart."""
    columns = {_level_title(level): level for level in found.levels}
    cells = {
        (base, title): _grid_cell(found.libraries.get((base, level)))
        for group in found.rows
        for base in group
        for title, level in columns.items()
    }
    return Grid(
        title=found.title,
        note="Backends that are right, of those that the library has; below, what is wrong, or how many are unavailable",
        caption=" ".join(f"{note}." for note in found.notes)
        or "Checked against the reference interpreter by `dispatchbench verify`.",
        blocks=blocks_of(
            tuple(columns), found.rows, lambda row, title: not cells[row, title].muted
        ),
        row_titles=found.row_titles,
        cells=cells,
        key=ShadeKey("colour", ((-0.45, "right"), (1.0, "wrong"))),
    )


def _table_cell(library: VerifiedLibrary | None) -> str:
    if library is None:
        return "not built"
    if not library.backends:
        return "none"
    names = listed_briefly([backend.name for backend in library.wrong], MOST_NAMED)
    return _share(library) + (f", wrong: {names}" if names else "")


def correctness_table(found: Correctness) -> Table:
    """The same as a table."""
    return Table(
        title=found.title,
        header=("compiler", *map(_level_title, found.levels)),
        rows=tuple(
            (
                found.row_titles[base],
                *(_table_cell(found.libraries.get((base, level))) for level in found.levels),
            )
            for group in found.rows
            for base in group
        ),
        notes=tuple(f"{note}." for note in found.notes),
    )
