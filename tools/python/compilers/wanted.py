"""What can be asked for: which packages a compiler is made of, and which suite it is taken from."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping

NAMES = re.compile(r"clang-\d{1,3}|g\+\+-\d{1,3}|rustc(-\d{1,3}\.\d{1,3})?")
EXPECTED = "clang-N, g++-N, rustc or rustc-N.N"


@dataclasses.dataclass(frozen=True)
class Wanted:
    """Something to install."""

    name: str
    package: str  # whose version is that of the compiler
    further: tuple[str, ...] = ()  # packages that it needs and doesn't name
    version: str = ""  # what its package's version must begin with
    newest: bool = False  # taken from the newest suite instead of the oldest
    is_compiler: bool = True

    def fits(self, fields: Mapping[str, str]) -> bool:
        """Whether a package with these fields is the one."""
        upstream = upstream_version(fields.get("Version", ""))
        return upstream == self.version or upstream.startswith(
            f"{self.version}." if self.version else ""
        )


def wanted_compiler(name: str) -> Wanted | None:
    """The compiler of this name; None if it is no compiler's name."""
    if not NAMES.fullmatch(name):
        return None
    if name.startswith("rustc"):
        version = name.partition("-")[2]
        return Wanted(name, "rustc", ("libc6-dev",), version, newest=not version)
    # clang only recommends the C library's headers.
    return Wanted(name, name, ("libc6-dev",))


def upstream_version(version: str) -> str:
    """The number in a package's version: 21.1.8 of 1:21.1.8-1+b2."""
    found = re.match(r"(?:\d+:)?(\d+(?:\.\d+)*)", version)
    return found[1] if found else version


def name_of_compiler(package: str, version: str) -> str | None:
    """The name under which a package of a suite can be asked for; None if it is no compiler."""
    if package == "rustc":
        return "rustc-" + ".".join(upstream_version(version).split(".")[:2])
    return package if NAMES.fullmatch(package) else None
