"""The folder that compilers are installed into: its parts, its list, and its lock."""

from __future__ import annotations

import contextlib
import pathlib
from collections.abc import Iterator
from typing import Any

from locked_folder import locked_folder
from tool import WrongUsage, write_json

from .installed import (
    NAME,
    SCHEMA,
    installed_compilers,
    installed_packages,
    prefix_folder,
    read_document,
)
from .unpacked import UnpackedPackages

WRITABLE_BELOW_USR = ("local", "share")  # which wrappers bind into their trees


class Prefix:
    """A prefix that this process alone changes, as long as it holds the lock."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.unpacked = UnpackedPackages(folder)

    def tree(self, suite: str, name: str) -> pathlib.Path:
        """Where something's tree is."""
        return self.folder / suite / name

    def wrapper(self, program: str) -> pathlib.Path:
        """Where the wrapper of a program is."""
        return self.folder / "bin" / program

    def entries(self) -> dict[str, dict[str, Any]]:
        """What is installed, by name."""
        installed_compilers(), installed_packages()  # Say what is wrong with the file.
        document = read_document(self.folder)
        return {
            entry["name"]: entry
            for field in ("compilers", "packages")
            for entry in document.get(field, [])
        }

    def write_entries(self, entries: dict[str, dict[str, Any]]) -> None:
        """Writes what is installed; those with programs of their own are packages, the others compilers."""
        document = {
            "schema": SCHEMA,
            "compilers": [entry for entry in entries.values() if "programs" not in entry],
            "packages": [entry for entry in entries.values() if "programs" in entry],
        }
        write_json(self.folder / NAME, document)

    def drop_unused_packages(self) -> None:
        """Removes unpacked packages that nothing installed is made of."""
        used = [pair for entry in self.entries().values() for pair in entry["packages"].items()]
        self.unpacked.keep_only(used)


@contextlib.contextmanager
def locked_prefix() -> Iterator[Prefix]:
    """The prefix, made if there is none, without what killed installations left in it."""
    folder = prefix_folder()
    _check_place(folder)
    remedy = "set DISPATCHBENCH_COMPILERS to a folder that can, with about 400 MB of room for each compiler"
    with locked_folder(folder, "tools/compilers", remedy):
        prefix = Prefix(folder)
        prefix.unpacked.sweep()
        yield prefix


def _check_place(folder: pathlib.Path) -> None:
    place = folder.resolve()
    below_usr = place.is_relative_to("/usr") and place.parts[2:3] not in [
        (p,) for p in WRITABLE_BELOW_USR
    ]
    if below_usr or '"' in str(place) or "\n" in str(place):
        raise WrongUsage(
            f"DISPATCHBENCH_COMPILERS={folder}: expected a folder outside of /usr, without quotes in its name"
        )
