"""libraries.json: which libraries a folder holds, under which labels, and which are layout variants of another."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Sequence

from tool import ToolError, WrongUsage, read_object, write_json

NAME = "libraries.json"
SCHEMA = 1


@dataclasses.dataclass(frozen=True)
class ListedLibrary:
    """One library of a folder."""

    file: str  # name in the folder
    label: str
    layout_of: str | None = None  # label of the library that this one is a layout variant of
    host: tuple[str, ...] | None = None  # command of the host it needs, if not dispatchbench itself


def read_libraries(folder: pathlib.Path) -> list[ListedLibrary]:
    """What the folder's libraries.json lists; nothing if there is no such file."""
    path = folder / NAME
    if not path.exists():
        return []
    document = read_object(path, "remove it")
    try:
        if document["schema"] != SCHEMA:
            raise ToolError(f"{path}: schema {document['schema']}; expected {SCHEMA}; remove it")
        return [
            ListedLibrary(
                entry["file"],
                entry["label"],
                entry.get("layout_of"),
                tuple(entry["host"]) if "host" in entry else None,
            )
            for entry in document["libraries"]
        ]
    except (KeyError, TypeError) as error:
        raise ToolError(f"{path}: not a list of libraries ({error!r}); remove it") from error


def write_libraries(folder: pathlib.Path, libraries: Sequence[ListedLibrary]) -> None:
    """Writes the folder's libraries.json."""
    entries = [
        {name: value for name, value in dataclasses.asdict(library).items() if value is not None}
        for library in libraries
    ]
    write_json(folder / NAME, {"schema": SCHEMA, "libraries": entries})


def libraries_named(text: str) -> list[str]:
    """The libraries that [LABEL=]PATH names, each as [LABEL=]PATH, as dispatchbench has it: the file itself; or those that
    a folder's libraries.json lists; or the *.so files in it and in its direct subfolders."""
    label, _, name = text.rpartition("=")
    folder = pathlib.Path(name)
    if not folder.is_dir():
        return [text]
    listed = read_libraries(folder)
    found = [f"{each.label}={folder / each.file}" for each in listed] or [
        str(path) for path in sorted([*folder.glob("*.so"), *folder.glob("*/*.so")])
    ]
    if not found:
        raise ToolError(f"{folder}: has no backend library; expected *.so files, or a {NAME}")
    if not label:
        return found
    if len(found) > 1:
        raise WrongUsage(
            f"--library {text}: a folder of {len(found)} libraries, which have labels of their own; give the "
            "folder without a label"
        )
    return [f"{label}={found[0].rpartition('=')[2]}"]
