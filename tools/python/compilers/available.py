"""Which compilers a suite has: asked of apt when an index is fetched, and remembered in a file for `list`."""

from __future__ import annotations

import dataclasses
import pathlib

from tool import ToolError, read_object, write_json

from .apt import Apt
from .suites import SUITES, sources
from .wanted import COMPILER_PACKAGES, name_of_compiler

FILE = "compilers.json"


@dataclasses.dataclass(frozen=True)
class From:
    """Where packages are fetched from."""

    mirror: str
    keyring: pathlib.Path
    suite: str | None  # None: whichever of SUITES has what is wanted


@dataclasses.dataclass(frozen=True)
class Suite:
    """A suite whose index is fresh."""

    apt: Apt
    compilers: dict[str, str]  # name to the exact version of its package


def fetched_suite(prefix: pathlib.Path, place: From, suite: str) -> Suite:
    """A suite with a fresh index. Raises ToolError if there is no such suite, or no way to it."""
    folder = prefix / "apt" / suite
    apt = Apt(folder, sources(place.mirror, suite, place.keyring))
    try:
        apt.fetch_index()
    except ToolError as error:
        raise ToolError(
            f"suite {suite}: its index can't be fetched from {place.mirror}. "
            f"Check the network and the suite's name, or choose another --mirror. apt says:\n{error}"
        ) from error
    names = sorted(name for name in apt.names() if COMPILER_PACKAGES.fullmatch(name))
    compilers = {
        name_of_compiler(package, fields["Version"]): fields["Version"]
        for package, fields in apt.newest(names).items()
    }
    write_json(folder / FILE, compilers)
    return Suite(apt, compilers)


def known_suites(prefix: pathlib.Path) -> dict[str, dict[str, str]]:
    """The compilers, with versions, of each suite whose index has been fetched. A version that several have is named
    for the oldest only."""
    folders = [path for path in (prefix / "apt").glob("*") if (path / FILE).is_file()]
    order = {suite: number for number, suite in enumerate(SUITES)}
    known: dict[str, dict[str, str]] = {}
    seen: set[tuple[str, object]] = set()
    for folder in sorted(folders, key=lambda path: (order.get(path.name, len(order)), path.name)):
        compilers = read_object(folder / FILE, "remove it").items()
        known[folder.name] = {
            name: str(version) for name, version in compilers if (name, version) not in seen
        }
        seen.update(compilers)
    return known
