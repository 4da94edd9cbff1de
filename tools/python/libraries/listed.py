"""The list of all libraries in the output folder, libraries.json."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence

from libraries_file import NAME, ListedLibrary, read_libraries, write_libraries
from tool import ToolError, read_object

from .compiler import FAMILIES, order_of
from .wanted import LIBRARY, Outcome, WantedLibrary


def file_of(library: WantedLibrary) -> str:
    """The library's name in the list."""
    return f"{library.label}/{LIBRARY}"


def check_labels(folder: pathlib.Path, wanted: Sequence[WantedLibrary]) -> None:
    """Raises ToolError if a label is that of a listed library from elsewhere."""
    listed = {library.label: library.file for library in read_libraries(folder)}
    for library in wanted:
        file = listed.get(library.label, file_of(library))
        if file != file_of(library):
            raise ToolError(
                f"{folder / NAME}: the label {library.label} is taken by {file}; choose another --output"
            )


def update_list(folder: pathlib.Path, outcomes: Sequence[Outcome]) -> list[ListedLibrary]:
    """Lists what was built beside what was listed before and is still there, in order of release."""
    built = [outcome.library for outcome in outcomes if not outcome.failure]
    names = {library.label for library in built}
    listed = [
        library
        for library in read_libraries(folder)
        if library.label not in names and (folder / library.file).is_file()
    ]
    listed += [ListedLibrary(file_of(library), library.label) for library in built]
    # Libraries of one compiler stay in the order in which they were asked for.
    position = {outcome.library.label: number for number, outcome in enumerate(outcomes)}
    listed.sort(key=lambda library: (_order_of(folder, library), position.get(library.label, -1)))
    write_libraries(folder, listed)
    return listed


def _order_of(
    folder: pathlib.Path, library: ListedLibrary
) -> tuple[tuple[int, tuple[int, ...]], bool]:
    """By compiler; the library without further flags before those with."""
    path = (folder / library.file).with_suffix(".build.json")
    if library.layout_of is not None or not path.is_file():
        return (len(FAMILIES), ()), False
    build = read_object(path, "remove it, and run tools/libraries again")
    return order_of(str(build.get("compiler_name"))), build.get("factors") is not None
