"""What can be asked for, and which packages it is made of."""

from __future__ import annotations

import dataclasses
import re

COMPILER_PACKAGES = re.compile(r"clang-\d{1,3}|g\+\+-\d{1,3}|rustc")
NAMES = re.compile(r"clang-\d{1,3}|g\+\+-\d{1,3}|rustc(-\d{1,3}\.\d{1,3})?")
EXPECTED = "clang-N, g++-N, rustc or rustc-N.N"


@dataclasses.dataclass(frozen=True)
class Wanted:
    """Something to install."""

    name: str
    package: str  # whose version is that of the compiler
    further: tuple[str, ...] = ()  # packages that it needs and doesn't name
    is_compiler: bool = True

    @property
    def newest(self) -> bool:
        """Whether it is taken from the newest suite instead of the oldest."""
        return self.name == "rustc"

    def among(self, compilers: dict[str, str]) -> str | None:
        """The full name of the compiler among a suite's; None if it isn't there."""
        if self.name in compilers:
            return self.name
        return next((name for name in compilers if self.newest and name.startswith("rustc-")), None)


def wanted_compiler(name: str) -> Wanted | None:
    """The compiler of this name; None if it is no compiler's name."""
    if not NAMES.fullmatch(name):
        return None
    # clang and rustc only recommend the C library's headers.
    return Wanted(name, "rustc" if name.startswith("rustc") else name, ("libc6-dev",))


def upstream_version(version: str) -> str:
    """The number in a package's version: 21.1.8 of 1:21.1.8-1+b2."""
    found = re.match(r"(?:\d+:)?(\d+(?:\.\d+)*)", version)
    return found[1] if found else version


def name_of_compiler(package: str, version: str) -> str:
    """The name under which the compiler in a package can be asked for."""
    if package == "rustc":
        return "rustc-" + ".".join(upstream_version(version).split(".")[:2])
    return package
